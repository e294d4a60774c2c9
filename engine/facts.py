"""Facts as they come in, checked against the definition and brought into the form in which they are kept (JSON values)."""

from __future__ import annotations

import difflib
import hashlib
import math
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import orjson

from config import areas, matches, words, workflow
from engine import catalog, errors
from places import datums

PERSONAL = "$personal"
"""In place of a personal value: the salted digest under which it lies in the erasable table."""
ERASED = "$erased"
"""In place of photos and videos whose time is over (see `engine.retention`)."""
_HASH = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[A-Z]{2,6}-\d{8}-\d{4,9}")
LONGEST_TEXT = 5000
LARGEST_NUMBER = 2**53
"""Beyond it not every whole number has a floating-point one of its own, in JSON as elsewhere."""
MOST_FILES = 9
_WORST = 100_000
"""Metres; what is known less exactly is known of no place at all."""
_MEDIA = {workflow.FactType.PHOTOS: ("image/", "photos", "照片"), workflow.FactType.VIDEOS: ("video/", "videos", "视频")}


def check(compiled: catalog.Compiled, town: catalog.InForce, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every given fact in its kept form. Raises FactInvalid for the first that is wrong, naming it and the remedy."""
    kept: dict[str, Any] = {}
    facts = compiled.workflow.facts
    for name, value in given.items():
        fact = facts.get(name)
        if fact is None:
            near = difflib.get_close_matches(name, list(facts), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is: {', '.join(facts)}"
            raise errors.FactInvalid(name, f"no such fact; {hint}", f"没有这一项；{hint}", possible=near or list(facts))
        if fact.drawn is not None:
            raise errors.FactInvalid(
                name, "the engine draws this when the case is opened; leave it away", "此项在开案时由系统抽取；请不要填写"
            )
        if fact.located is not None:
            raise errors.FactInvalid(
                name,
                f"nobody gives this; it follows from the point: give {fact.located}",
                f"此项由坐标得出，不由人填；请填写 {fact.located}",
                possible=(fact.located,),
            )
        kept[name] = _CHECKS[fact.type](name, fact, value, compiled, town)
        try:
            orjson.dumps(kept[name])
        except TypeError as exc:  # half a character, as broken programs send them
            raise errors.FactInvalid(name, f"cannot be written as UTF-8 text ({exc})", "含有无法保存的字符") from exc
    return kept


def required(compiled: catalog.Compiled, given: Mapping[str, Any]) -> None:
    """Refuse an opening that lacks what the definition requires."""
    flow = compiled.workflow
    missing = flow.lacking(given)
    if missing:
        pairs = [(name, flow.facts[name].or_) for name in missing]
        en = ", ".join(name if other is None else f"{name} or {other}" for name, other in pairs)
        zh = "、".join(name if other is None else f"{name} 或 {other}" for name, other in pairs)
        possible = [name for pair in pairs for name in pair if name is not None]
        raise errors.FactInvalid(missing[0], f"required to open a case; give {en}", f"开案必填；请提供 {zh}", possible=possible)


def hashes(value: object) -> list[str]:
    """The hashes of files that a value names, whether it came from a caller or is kept."""
    each = value if isinstance(value, list | tuple) else (value,)
    return [one for one in each if isinstance(one, str) and _HASH.fullmatch(one)]


def is_erased(value: object) -> bool:
    """Whether photos or videos stood here until their time was over."""
    return isinstance(value, dict) and ERASED in value


def require_stored(compiled: catalog.Compiled, kept: Mapping[str, Any], media: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
    """Refuse a photo that nobody stored, and a video among photos. `media` says of hashes what lies under them: hash → media type."""
    for name, value in kept.items():
        wanted = _MEDIA.get(compiled.workflow.facts[name].type)
        if wanted is None:
            continue
        prefix, what, zh = wanted
        found = media(value)
        for digest in value:
            short = f"{digest[:12]}…"
            if digest not in found:
                raise errors.FactInvalid(
                    name,
                    f"no file {short} was stored here; give the file itself: --photo FILE",
                    f"没有存过文件 {short}；请用 --photo 文件 提交原件",
                )
            if not found[digest].startswith(prefix):
                raise errors.FactInvalid(
                    name,
                    f"{short} is {found[digest]}, and here go {what}; give another file: --photo FILE",
                    f"{short} 是 {found[digest]}，此处应为{zh}；请用 --photo 文件 另行提交",
                )


def set_apart(compiled: catalog.Compiled, kept: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Replace personal values by their salted digests; returns (fact, salt, value as JSON) for the erasable table."""
    apart: list[tuple[str, str, str]] = []
    for name in compiled.personal & kept.keys():
        value = orjson.dumps(kept[name], option=orjson.OPT_SORT_KEYS).decode()
        salt = secrets.token_hex(16)
        apart.append((name, salt, value))
        stand_in: dict[str, Any] = {PERSONAL: seal(salt, value)}
        if isinstance(kept[name], dict) and kept[name].get("email"):
            stand_in["email"] = True  # there is an address; which, is personal
        kept[name] = stand_in
    return apart


def seal(salt: str, value: str) -> str:
    """The salted digest of a personal value, as history carries it."""
    return hashlib.sha256((salt + value).encode()).hexdigest()


def _text(name: str, fact: workflow.Fact, value: Any, *_: Any) -> str:
    longest = fact.longest or LONGEST_TEXT
    if not isinstance(value, str):
        raise errors.FactInvalid(
            name, f"a text is wanted, not {str(value)[:40]}; write it in words", f"应为文字，不是 {str(value)[:40]}；请用文字说明"
        )
    text = "".join(c for c in value if c >= " " or c in "\n\t").strip()
    if not text:
        raise errors.FactInvalid(name, "an empty text; write a few words", "内容为空；请写几个字")
    if len(text) > longest:
        raise errors.FactInvalid(name, f"{len(text)} characters; at most {longest}", f"共 {len(text)} 字；最多 {longest} 字")
    return text


def _number(name: str, fact: workflow.Fact, value: Any, *_: Any) -> int | float:
    try:
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not abs(number) <= LARGEST_NUMBER:
        raise errors.FactInvalid(
            name,
            f"{str(value)[:40]!r} is not a number, or beyond {LARGEST_NUMBER}",
            f"{str(value)[:40]!r} 不是数字，或超出 {LARGEST_NUMBER}",
        )
    return int(number) if float(number).is_integer() else number


def _yes_no(name: str, fact: workflow.Fact, value: Any, *_: Any) -> bool:
    known = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
    found = value if isinstance(value, bool) else known.get(str(value).strip().lower())
    if found is None:
        raise errors.FactInvalid(name, f"{value!r} is neither yes nor no", f"{value!r} 既不是“是”也不是“否”", possible=("yes", "no"))
    return found


def _one_of(name: str, value: Any, known: Mapping[str, Any], what: str, zh: str) -> str:
    spelled = matches.spelled(value)
    if spelled not in known:
        near = difflib.get_close_matches(spelled, list(known), n=1)
        listed = ", ".join(list(known)[:30])
        hint = f"did you mean {near[0]}?" if near else f"one of: {listed}"
        raise errors.FactInvalid(
            name, f"{spelled!r} is no {what}; {hint}", f"{spelled!r} 不是{zh}；可选：{listed}", possible=list(known)[:30]
        )
    return spelled


def _choice(name: str, fact: workflow.Fact, value: Any, *_: Any) -> str:
    return _one_of(name, value, fact.choices or {}, "choice", "可选项")


def _category(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> str:
    return _one_of(name, value, compiled.definition.categories.categories, "category", "类别")


def _unit(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> str:
    found = _one_of(name, value, town.live.units.units, "unit", "单位")
    if name == "unit" and town.live.units.units[found].kind == "neighbour":
        ours = town.live.units.ours
        raise errors.FactInvalid(
            name,
            f"{found} is a neighbour's: we answer for the case until it is handed over and accepted; give a unit of ours: {', '.join(ours[:30])}",
            f"{found} 是邻街单位：移交并被接收之前由我方负责；请填写我方单位：{'、'.join(ours[:30])}",
            possible=ours[:30],
        )
    return found


def _person(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> str:
    return _one_of(name, value, town.live.people.people, "person", "人员")


def _entry(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> str:
    register = town.live.registers.get(fact.register_ or "")
    if register is None:
        raise errors.FactInvalid(
            name, f"the register {fact.register_} is not there any more; put registers/{fact.register_}.yaml back", f"登记表 {fact.register_} 已不存在；请恢复 registers/{fact.register_}.yaml"
        )  # fmt: skip
    return _one_of(name, value, register.rows, f"row of {register.register_}", f"登记表“{register.title.zh}”中的条目")


def _contact(name: str, fact: workflow.Fact, value: Any, *_: Any) -> dict[str, str]:
    if isinstance(value, str):
        value = _contact_words(value)
    if not isinstance(value, dict) or not value or set(value) - {"name", "phone", "email"}:
        raise errors.FactInvalid(name, "a contact is a name, a phone and/or an e-mail", "联系人应为姓名、电话或邮箱")
    kept = {k: str(v).strip() for k, v in value.items() if v is not None and str(v).strip()}
    if "email" in kept and not re.match(r"^[^@\s<>]+@[^@\s<>]+$", kept["email"]):
        raise errors.FactInvalid(name, f"{kept['email']!r} is not an e-mail address", f"{kept['email']!r} 不是邮箱地址")
    if not kept:
        raise errors.FactInvalid(name, "an empty contact", "联系人为空")
    return kept


def _contact_words(value: str) -> dict[str, str]:
    """`name, phone, e-mail` in any order, told apart by their looks."""
    kept: dict[str, str] = {}
    for part in re.split(r"[,，;；]", value):
        word = part.strip()
        if word:
            kept["email" if "@" in word else "phone" if re.fullmatch(r"[+\d][\d\s-]{4,}", word) else "name"] = word
    return kept


def _case(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> str:
    """A public number; whether there is such a case is asked where it is joined."""
    number, prefix = str(value).strip(), f"{town.live.programme.prefix}-"
    if not (number.startswith(prefix) and _NUMBER.fullmatch(number)):
        raise errors.FactInvalid(
            name,
            f"{number[:40]!r} is no case number of this programme; write as {prefix}20261120-0007",
            f"{number[:40]!r} 不是本项目的案件编号；请写如 {prefix}20261120-0007",
        )
    return number


def _point(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> dict[str, Any]:
    return point(name, value, town)


def point(name: str, value: Any, town: catalog.InForce) -> dict[str, Any]:
    """In WGS-84; where it came in another datum the pair that was given stays beside it, as `raw`. `accuracy` is in metres."""
    lon_given, lat_given, datum_given, accuracy_given = _point_parts(name, value)
    try:
        lon, lat = float(lon_given), float(lat_given)
        accuracy = None if accuracy_given in (None, "") else float(accuracy_given)
    except (TypeError, ValueError):
        raise _no_point(name, value) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise errors.FactInvalid(name, f"{lon},{lat} is not on this earth (longitude first)", f"{lon},{lat} 不在地球上（先写经度）")
    datum = _datum(name, datum_given, town)
    if accuracy is not None and not 0 <= accuracy <= _WORST:
        raise errors.FactInvalid(
            name, f"an accuracy of {accuracy_given} m; give metres from 0 to {_WORST}", f"精度 {accuracy_given} 米；应为 0 到 {_WORST} 米"
        )
    if datum == "wgs84":
        kept: dict[str, Any] = {"lon": lon, "lat": lat, "datum": datum}
    else:
        east, north = datums.to_wgs84(lon, lat, datum)
        kept = {"lon": east, "lat": north, "datum": "wgs84", "raw": {"lon": lon, "lat": lat, "datum": datum}}
    return kept if accuracy is None else kept | {"accuracy": accuracy}


def _no_point(name: str, value: Any) -> errors.FactInvalid:
    return errors.FactInvalid(
        name,
        f"{value!r} is not a point; write lon,lat[,datum[,accuracy in metres]], as in 111.19,37.34,wgs84",
        f"{value!r} 不是坐标；请写 经度,纬度[,坐标系[,精度（米）]]",
    )


def _point_parts(name: str, value: Any) -> tuple[Any, Any, Any, Any]:
    """Longitude, latitude, datum, accuracy, as they were given. A point as a case keeps it is read by what was given at first."""
    if isinstance(value, dict):
        pair = value["raw"] if isinstance(value.get("raw"), dict) else value
        return pair.get("lon"), pair.get("lat"), pair.get("datum"), value.get("accuracy")
    parts: list[str] = [part.strip() for part in str(value).split(",")]
    if not 2 <= len(parts) <= 4:
        raise _no_point(name, value)
    filled = [*parts, "", ""]
    return filled[0], filled[1], filled[2], filled[3]


def _datum(name: str, given: Any, town: catalog.InForce) -> str:
    """The datum named, or the programme's own. On a phone in China the same pair may mean places half a kilometre apart, so none is guessed."""
    if given in (None, ""):
        if town.live.programme.datum is None:
            raise errors.FactInvalid(
                name,
                f"the datum is not named; write it as the third part (lon,lat,gcj02), one of: {', '.join(areas.DATUMS)}; or say `datum:` in programme.yaml",
                f"没有注明坐标系；请写在第三项（经度,纬度,gcj02），可选：{'、'.join(areas.DATUMS)}；或在 programme.yaml 中写 `datum:`",
                possible=areas.DATUMS,
            )
        return town.live.programme.datum
    datum = str(given).lower().replace("-", "")
    if datum not in areas.DATUMS:
        raise errors.FactInvalid(
            name,
            f"{given!r} is no datum; one of: {', '.join(areas.DATUMS)}",
            f"未知坐标系 {given!r}；可选：{'、'.join(areas.DATUMS)}",
            possible=areas.DATUMS,
        )
    return datum


def _files(name: str, fact: workflow.Fact, value: Any, *_: Any) -> list[str]:
    found, most = hashes(value), fact.most or MOST_FILES
    if not found or len(found) < (len(value) if isinstance(value, list | tuple) else 1):
        raise errors.FactInvalid(
            name, "files are given by --photo FILE (or the hash they were stored under)", "请用 --photo 文件 提交（或给出已存文件的哈希）"
        )
    once = list(dict.fromkeys(found))
    if len(once) > most:
        raise errors.FactInvalid(name, f"{len(once)} files; at most {most}", f"共 {len(once)} 个文件；最多 {most} 个")
    return once


def _date(name: str, fact: workflow.Fact, value: Any, *_: Any) -> str:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise errors.FactInvalid(name, f"{value!r} is not a date; write as 2026-11-20", f"{value!r} 不是日期；请写成 2026-11-20") from None
    _require_our_times(name, day.year)
    return day.isoformat()


def _datetime(name: str, fact: workflow.Fact, value: Any, compiled: catalog.Compiled, town: catalog.InForce) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise errors.FactInvalid(
            name,
            f"{value!r} is not a moment; write with its zone, as 2026-11-20T08:00:00+08:00",
            f"{value!r} 不是带时区的时间；请写成 2026-11-20T08:00:00+08:00",
        )
    _require_our_times(name, moment.year)
    return moment.astimezone(ZoneInfo(compiled.zone)).isoformat()


def _require_our_times(name: str, year: int) -> None:
    """A promise in the year 9999 is a slip, and cannot be reckoned with: the day after it cannot be written."""
    if not 1900 <= year < 3000:
        raise errors.FactInvalid(name, f"the year {year}; give one from 1900 to 2999", f"年份 {year} 超出范围（1900–2999）")


def _duration(name: str, fact: workflow.Fact, value: Any, *_: Any) -> str:
    try:
        return str(words.Duration.parse(str(value)))
    except ValueError as exc:
        raise errors.FactInvalid(name, str(exc), f"{value!r} 不是时长；请写成 `2 hours` 或 `1 day`") from exc


def _checklist(name: str, *_: Any) -> NoReturn:
    raise errors.FactInvalid(
        name,
        "a checklist is not given; a move starts it, and its steps are ticked one by one (--fact step=ID)",
        "清单不能直接填写；由操作启动，并逐项确认（--fact step=ID）",
    )


_Check = Callable[[str, workflow.Fact, Any, catalog.Compiled, catalog.InForce], Any]
_CHECKS: Mapping[workflow.FactType, _Check] = {
    workflow.FactType.TEXT: _text,
    workflow.FactType.NUMBER: _number,
    workflow.FactType.YES_NO: _yes_no,
    workflow.FactType.CHOICE: _choice,
    workflow.FactType.CATEGORY: _category,
    workflow.FactType.UNIT: _unit,
    workflow.FactType.PERSON: _person,
    workflow.FactType.CONTACT: _contact,
    workflow.FactType.POINT: _point,
    workflow.FactType.PHOTOS: _files,
    workflow.FactType.VIDEOS: _files,
    workflow.FactType.DATE: _date,
    workflow.FactType.DATETIME: _datetime,
    workflow.FactType.DURATION: _duration,
    workflow.FactType.CASE: _case,
    workflow.FactType.ENTRY: _entry,
    workflow.FactType.CHECKLIST: _checklist,
}
