import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from kd_core.data import DataError
from kd_core.own.images import _leads_out, prepare_images
from kd_core.own.limits import LIMITS
from tests.own.malformed import claim_size, folders, picture, zipped


def encoded(pixels, kind="PNG", mode=None, **options):
    file = io.BytesIO()
    image = Image.fromarray(np.asarray(pixels))
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


def of(content, side=8, grey=True, suffix="png"):
    """What becomes of one image: the pixels of the first of a zip that holds it many times."""
    held = {f"{'ab'[i % 2]}/{i}.{suffix}": content for i in range(40)}
    return prepare_images(zipped(held, zipfile.ZIP_STORED), "x.zip", side=side, grey=grey).pixels[0].squeeze()


def dropped(more):
    return dict(prepare_images(zipped({**folders(), **more}), "x", side=8).about.dropped)


def kind_of_problem(*arguments, **options):
    with pytest.raises(DataError) as problem:
        prepare_images(*arguments, **options)
    return problem.value.args[0].kind


RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4


def test_a_folder_is_a_class_and_images_are_in_the_order_of_their_paths():
    held = {
        f"{name}/{i:02}.png": encoded(np.full((8, 8), 10 * i + j, np.uint8))
        for j, name in enumerate("ba")
        for i in range(20)
    }
    data = prepare_images(zipped(held), "C:\\pictures.zip", side=8)
    about = data.about
    assert (about.title, about.kind, about.class_names) == ("pictures.zip", "image", ("a", "b"))
    assert (about.columns, about.values, about.shape, about.examples) == ((), (), (8, 8, 1), 40)
    assert data.labels.tolist() == [0] * 20 + [1] * 20
    assert data.pixels[:, 3, 3, 0].tolist() == [10 * i + 1 for i in range(20)] + [10 * i for i in range(20)]
    assert (data.numbers.shape, data.categories.shape) == ((40, 0), (40, 0))


@given(arrays.arrays(np.uint8, (8, 8)), st.sampled_from(["PNG", "GIF", "BMP", "WEBP"]))
def test_an_image_of_the_right_size_stays_as_it_is(pixels, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(of(encoded(pixels, kind, **options)), pixels)


def test_colours_are_kept_or_become_as_bright_as_they_are_seen():
    red, green, blue = (np.full((8, 8, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
    assert [of(encoded(colour))[0, 0] for colour in (red, green, blue)] == [76, 150, 29]  # ITU-R 601
    assert of(encoded(red), grey=False)[0, 0].tolist() == [255, 0, 0]
    assert of(encoded(RAMP), grey=False)[7, 7].tolist() == [252] * 3


@pytest.mark.parametrize("shape", [(8, 16), (16, 8)])
def test_an_image_is_cut_to_its_middle(shape):
    wide = np.zeros(shape, np.uint8)
    middle = tuple(slice((size - 8) // 2, (size + 8) // 2) for size in shape)
    wide[middle] = RAMP
    np.testing.assert_array_equal(of(encoded(wide)), RAMP)


def test_a_large_image_is_the_mean_of_its_parts():
    checks = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    assert np.abs(of(encoded(checks)).astype(int)[1:-1, 1:-1] - 127.5).max() <= 1


def test_what_is_transparent_is_white():
    clear = np.zeros((8, 8, 4), np.uint8)
    clear[:4] = (0, 0, 0, 255)
    assert of(encoded(clear))[:, 0].tolist() == [0] * 4 + [255] * 4
    half = np.full((8, 8, 4), (0, 0, 0, 128), np.uint8)
    assert of(encoded(half), grey=False)[0, 0].tolist() == [127] * 3
    palette = io.BytesIO()
    Image.fromarray(RAMP).convert("P").save(palette, "PNG", transparency=0)
    assert of(palette.getvalue())[0, :3].tolist() == [255, 4, 8]


def test_images_of_16_bits_keep_their_upper_ones():
    deep = RAMP.astype(np.uint16) * 256
    np.testing.assert_array_equal(of(encoded(deep)), RAMP)


def test_an_image_of_one_bit_is_black_and_white():
    assert of(encoded(RAMP > 100)).tolist() == np.where(RAMP > 100, 255, 0).tolist()


def test_an_image_is_turned_as_its_camera_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # the top is at the right
    np.testing.assert_array_equal(of(encoded(RAMP, exif=exif)), np.rot90(RAMP, -1))


def test_a_jpeg_is_about_what_it_was():
    assert np.abs(of(encoded(RAMP, "JPEG", quality=95), suffix="jpg").astype(int) - RAMP).max() < 8
    large = np.kron(RAMP, np.ones((32, 32), np.uint8))
    assert np.abs(of(encoded(large, "JPEG", quality=95), suffix="jpg").astype(int) - RAMP).mean() < 4


@pytest.mark.parametrize("side", [8, 14, 28])
@pytest.mark.parametrize("grey", [True, False])
def test_images_have_the_size_that_was_asked_for(side, grey):
    data = prepare_images(zipped(folders(mode="L" if grey else "RGB", size=(20, 30))), "x", side=side, grey=grey)
    assert data.about.shape == data.pixels.shape[1:] == (side, side, 1 if grey else 3)


def test_another_size_is_a_mistake_of_whoever_asks():
    with pytest.raises(ValueError, match="side=15"):
        prepare_images(zipped(folders()), "x", side=15)


@pytest.mark.parametrize("top", ["", "data/", "a/b/c/", "train/", "data/train/", "./"])
def test_folders_that_hold_everything_are_passed_over(top):
    assert prepare_images(zipped(folders(top=top)), "x", side=8).about.class_names == ("cat", "dog")


@pytest.mark.parametrize("top", ["", "data/"])
def test_parts_of_a_split_are_joined(top):
    held = {**folders(30, top=f"{top}train/"), **folders(20, top=f"{top}Test/")}
    about = prepare_images(zipped(held), "x", side=8).about
    assert (about.class_names, about.examples) == (("cat", "dog"), 50)


def test_folders_within_the_folder_of_a_class_are_of_that_class():
    held = {f"{name}/{i % 3}/{i}.png": picture() for name in ("cat", "dog") for i in range(20)}
    assert prepare_images(zipped(held), "x", side=8).about.class_names == ("cat", "dog")


def test_what_is_left_out_is_counted():
    assert dropped({}) == {}
    assert dropped({"cat/.DS_Store": b"", "__MACOSX/cat/._1.png": b"", ".x/y.png": picture()}) == {"hidden": 3}
    assert dropped({"readme.txt": b"", "cat/more.zip": zipped({}), "cat/none": b""}) == {"no_image": 3}
    assert dropped({"1.png": picture()}) == {"no_folder": 1}
    assert dropped({"cat/x.png": b"x", "cat/y.png": picture()[:60], "dog/z.jpg": picture("TIFF")}) == {"unreadable": 3}
    assert dropped({"cat/x.png": claim_size(60_000, 60_000), "cat/y.png": claim_size(5000, 4001)}) == {
        "too_many_pixels": 2
    }
    assert dropped({f"bird/{i}.png": picture() for i in range(9)}) == {"small_class": 9}


def test_more_images_than_there_may_be_are_refused_before_one_is_decoded(monkeypatch):
    monkeypatch.setattr("kd_core.own.images._opened", lambda *_: pytest.fail("decoded"))
    most = LIMITS.cells // (28 * 28 * 3)
    held = zipped({f"a/{i}.png": b"" for i in range(most + 1)}, zipfile.ZIP_STORED)
    assert kind_of_problem(held, "x", side=28, grey=False) == "own_many_images"


@pytest.mark.parametrize("path", ["../x", "a/../x", "/x", "C:/x", "c:x", "a\\x", "\\\\host\\x", "a/..", "..", "a\0x"])
def test_a_path_that_leads_out_of_the_zip_is_found(path):
    assert _leads_out(path)


@pytest.mark.parametrize("path", ["x", "a/x", "a/..x", "a/x..png", "a b/ü.png", "ab:c/d", "..."])
def test_other_paths_do_not(path):
    assert not _leads_out(path)


def test_nothing_is_written_to_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prepare_images(zipped(folders()), "x")
    assert list(tmp_path.iterdir()) == []
