"""WHERE is it, and WHOSE is it? Polygons, datums and the duties table; pure, values in and values out. The only importer of `shapely` and `prcoords`."""
