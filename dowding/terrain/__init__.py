"""Heights of the ground, read from files: the shipped theatre, GeoTIFF, DTED, SRTM tiles, folders of tiles.

Reading only: whether the ground hides a target is `dowding.physics.horizon`. Nothing here needs Numba.
"""

from dowding.terrain.elevation import Elevation as Elevation
from dowding.terrain.elevation import Window as Window
from dowding.terrain.elevation import filled as filled
from dowding.terrain.elevation import height_at as height_at
from dowding.terrain.loading import BUNDLED as BUNDLED
from dowding.terrain.loading import Holes as Holes
from dowding.terrain.loading import load_terrain as load_terrain
from dowding.terrain.patch import save_terrain as save_terrain
