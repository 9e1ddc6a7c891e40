"""A sample is spread over its source; photos are a source of what is at hand."""

import numpy as np
import pytest

from inspector.images import read_image
from inspector.surveys.sources.photos import Photos, key_of
from inspector.surveys.sources.sample import STRETCH, Sample
from tests.inspector.surveys.made import Made


def test_a_sample_is_spread_evenly_and_numbered_anew():
    sample = Sample(Made(100, ("cat", "dog")), 32)
    shards = sample.shards(1000)
    assert [shard.number for shard in shards] == [0, 1, 2, 3]
    firsts = [next(iter(sample.items(shard))).key for shard in shards]
    assert firsts == [str(STRETCH * place) for place in (0, 3, 6, 9)]
    assert sum(shard.count for shard in shards) <= 32
    assert sample.title == "made, 32 of 100 images"
    assert sample.classes == ("cat", "dog")
    assert sample.picture("77").key == "77"


def test_a_sample_of_all_is_called_as_its_source_is():
    assert Sample(Made(20), 64).title == "made"
    assert sum(shard.count for shard in Sample(Made(20), 64).shards(8)) == 20


def test_samples_of_other_sizes_or_sources_have_other_listings():
    hashes = {Sample(Made(n), most).listing_hash() for n in (20, 21) for most in (8, 16)}
    assert len(hashes) == 4


@pytest.fixture
def photos(png):
    return Photos(tuple(read_image(png(n), name=f"{n}.png") for n in range(5)), "at hand")


def test_photos_are_known_by_name_and_digest(photos, read, shown):
    items = read(photos, size=2)
    assert [shown(item) for item in items] == list(range(5))
    assert items[3].key == f"3.png ({photos.photos[3].sha256[:12]})" == key_of(photos.photos[3])
    found = photos.picture(items[3].key)
    assert np.array_equal(np.asarray(found.picture), np.asarray(photos.photos[3].image))
    with pytest.raises(ValueError, match=r"Expected a key like 0\.png"):
        photos.picture("../3.png")


def test_the_listing_of_photos_is_of_their_content(photos):
    fewer = Photos(photos.photos[:4], "at hand")
    renamed = Photos(photos.photos, "other title")
    assert photos.listing_hash() == renamed.listing_hash() != fewer.listing_hash()
