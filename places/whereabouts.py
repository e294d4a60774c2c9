"""One town's areas and duties together: a point and a category in, whose it is out. The polygons are laid out when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config import programme
from places import duties, located

if TYPE_CHECKING:
    from places import ground


class Whereabouts:
    """Built once for what is live of a programme."""

    def __init__(self, live: programme.Live) -> None:
        self.said, self.table = live.areas, live.duties.duties
        self.units = live.units.units
        self._above = {name: unit.part_of for name, unit in self.units.items()}
        self._maps = live.maps
        self._ground: ground.Ground | None = None

    def ground(self) -> ground.Ground:
        """The polygons, indexed."""
        if self._ground is None:
            from places import ground

            self._ground = ground.of(self.said, self._maps)
        return self._ground

    def locate(self, lon: float, lat: float, accuracy: float | None = None) -> located.Found:
        """Whose a point in WGS-84 is; `accuracy` in metres."""
        if not self.said.areas:
            return located.Found(how=located.How.OUTSIDE, accuracy=accuracy)
        return self.ground().locate(lon, lat, accuracy)

    def duty(self, category: str | None, area: str | None) -> duties.Match | None:
        """The first row of the table for a category in the area of a unit."""
        return duties.match(self.table, self._above, category=category, area=area, ours=not self.neighbour(area))

    def neighbour(self, unit: str | None) -> bool:
        """Whether a unit is another street's."""
        return unit in self.units and self.units[unit].kind == located.NEIGHBOUR
