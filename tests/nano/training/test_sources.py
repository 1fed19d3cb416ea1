from pathlib import Path

import pytest

from nano.training.sources import Sources, Split, find_sources, split_of
from samscope.support.errors import UsageError
from tests.nano.training.material import NUMBERS, write_material


def files(sources: Sources) -> set[str]:
    photos = [path.name for photo in sources.photos for path in (photo.image, photo.mask)]
    return {
        *photos,
        *(path.name for path in (*sources.cutouts, *sources.grounds)),
        *(video.name for video in sources.videos),
    }


def test_splits_share_nothing_and_leave_nothing_out(material: Path) -> None:
    parts = [files(find_sources(material, split)) for split in Split]

    whole = set().union(*parts)
    assert sum(map(len, parts)) == len(whole)
    assert len(whole) == sum(NUMBERS.values()) * (2 + 1 + 1 + 1)  # names a kind; a photo has a mask too


@pytest.mark.parametrize("split", [Split.VALIDATION, Split.TEST])
def test_about_three_percent_is_held_out_for_each_purpose(split: Split) -> None:
    assert 0.02 < sum(split_of(f"picture-{number}") is split for number in range(3000)) / 3000 < 0.04


def test_masks_of_one_photo_and_variants_of_one_cutout_stay_together(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    for part, end in (("images", "jpg"), ("masks", "png")):
        whole = next((folder / "photos" / part).iterdir()).read_bytes()
        for photo in range(60):
            for mask in range(2):
                (folder / "photos" / part / f"bsds_{photo}_{mask}.{end}").write_bytes(whole)
    cutout = next((folder / "cutouts").iterdir()).read_bytes()
    for emoji in range(60):
        for tone in ("_3d", "-1f3fb_3d"):
            (folder / "cutouts" / f"1f{emoji}{tone}.webp").write_bytes(cutout)
    splits = [find_sources(folder, split) for split in Split]

    def photo_groups(sources: Sources) -> set[str]:
        stems = [photo.image.stem for photo in sources.photos]
        return {stem.rsplit("_", 1)[0] for stem in stems if stem.startswith("bsds")}

    def emojis(sources: Sources) -> set[str]:
        return {path.stem.split("_")[0].split("-")[0] for path in sources.cutouts}

    for groups in (photo_groups, emojis):
        parts = [groups(sources) for sources in splits]
        assert all(parts)
        assert sum(map(len, parts)) == len(set().union(*parts))


@pytest.mark.parametrize("part", ["photos/images", "photos/masks", "cutouts", "backgrounds", "davis_train"])
def test_missing_part(part: str, tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    (folder / part).rename(tmp_path / "elsewhere")

    with pytest.raises(UsageError, match=Path(part).name):
        find_sources(folder, Split.TRAINING)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere.*missing.*photos/images"):
        find_sources(tmp_path / "nowhere", Split.TRAINING)


def test_photo_without_mask(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    next((folder / "photos" / "masks").iterdir()).unlink()

    with pytest.raises(UsageError, match="no mask of that name"):
        find_sources(folder, Split.TRAINING)


def test_nothing_held_out(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    for path in find_sources(folder, Split.TEST).cutouts:
        path.unlink()

    with pytest.raises(UsageError, match="too few cutouts"):
        find_sources(folder, Split.TEST)
