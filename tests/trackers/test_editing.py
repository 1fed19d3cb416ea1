"""Edits in a running track: what is put back changes no bit, what is changed changes what comes after."""

import logging
from functools import cache

import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.edits import Apply, Change, Edit, Noise, Put, Remove, Zero
from samscope.trackers.modes import Mode
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.sites import SITES
from tests.trackers.edited import FAMILIES, clip, differing, first_difference, mask, sam2_in, tracker

TENSORS = [site.name for site in SITES if not site.removed]
ON_PROMPTED = {site.name for site in SITES if site.on_prompted}

CHANGES_NOTHING = {"frame_index", "prompted", "prompted_by_mask", "frame"}
CHANGED_BY = {
    "recalled_memory": {"image_embeddings"},
    "recalled_pointer": {"image_embeddings"},
    "image_embeddings": {"memory_conditioned", "prompt_conditioned", "mask_tokens"},
    "memory_conditioned": {"image_embeddings"},
    "prompt_conditioned": {"image_embeddings", "memory_conditioned", "mask_tokens"},
    "mask_tokens": {"image_embeddings", "memory_conditioned", "prompt_conditioned"},
    "object_pointer_ungated": {"image_embeddings", "memory_conditioned", "mask_logits", "memory_features"},
    "object_pointer": {"image_embeddings", "mask_logits", "object_pointer_ungated", "memory_features"},
    "memory_mask": {"image_embeddings", "memory_conditioned", "mask_logits", "object_pointer"},
    "memory_encoder_output": {"mask_logits", "object_pointer", "memory_mask"},
    "memory_features": {"mask_logits", "object_pointer", "memory_mask", "memory_encoder_output"},
}
"""By site, what an edit there leaves as it was on the frame that is edited."""


def tracked(model: NetworkTracker, *edits: Edit, count: int = 5) -> list[Seen]:
    return list(samscope.track(model, clip(count), mask=mask(), edits=edits))


@cache
def unedited(family: str, count: int = 5) -> list[Seen]:
    return tracked(tracker(family), count=count)


@cache
def unedited_in(mode: Mode, count: int) -> list[Seen]:
    return tracked(sam2_in(mode), count=count)


@cache
def noted(family: str, count: int = 5) -> list[Seen]:
    """An unedited track with what attention looked at."""
    return list(samscope.track(tracker(family), clip(count), mask=mask(), attention=True))


@pytest.mark.parametrize("site", TENSORS)
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_put_back_changes_no_bit(family: str, site: str) -> None:
    model, plain = tracker(family), unedited(family, 3)
    first = 0 if site in ON_PROMPTED else 1
    again = tracked(model, Edit(site, range(first, 3), Put(plain)), count=3)
    assert first_difference(plain, again) is None


@pytest.mark.parametrize("site", TENSORS)
@pytest.mark.parametrize("mode", ["fast", "bf16"])
def test_what_is_put_back_changes_no_bit_in_other_modes(mode: Mode, site: str) -> None:
    model, plain = sam2_in(mode), unedited_in(mode, 4)
    assert first_difference(plain, tracked(model, Edit(site, range(1, 4), Put(plain)), count=4)) is None


@pytest.mark.parametrize(
    "family", ["sam2", "sam2 fast", "sam3", pytest.param("edgetam", marks=pytest.mark.slow)]
)
def test_what_is_put_back_in_a_batch_stays_within_rounding(family: str) -> None:
    """Six clips go through together, five with edits at different sites that put back what is there."""
    model = sam2_in("fast") if family == "sam2 fast" else tracker(family)
    count = 4 if family.startswith("sam2") else 3
    plain = [list(samscope.track(model, clip(count, seed), mask=mask())) for seed in range(6)]
    sites = ["frame", "memory_conditioned", "recalled_memory", "mask_tokens", "memory_features"]
    edits = [(), *((Edit(s, range(1, count), Put(run)),) for s, run in zip(sites, plain[1:], strict=True))]
    clips = [PromptedClip(clip(count, seed), mask(), edits=own) for seed, own in enumerate(edits)]
    for together in track_together(model, clips, batch=6):
        (place,) = together.clips
        alone = plain[place][together.seen.frame_index]
        for name in ("mask_logits", "object_pointer", "memory_encoder_output"):
            torch.testing.assert_close(getattr(together.seen, name), getattr(alone, name), rtol=0, atol=2e-4)


@pytest.mark.parametrize("site", [*CHANGED_BY, "frame", "object_score"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_change_changes_what_follows_and_nothing_before(family: str, site: str) -> None:
    model, plain = tracker(family), unedited(family)
    change: Change = Noise(0.5, seed=1)
    if site == "object_score":
        change = Put(-5.0 if (plain[2].object_score or 0) > 0 else 5.0)
    edited = tracked(model, Edit(site, 2, change))
    assert first_difference(plain, edited) == 2
    changed = differing(plain[2], edited[2])
    assert not changed & CHANGED_BY.get(site, set())
    if site not in {"recalled_memory", "recalled_pointer"}:
        assert site in changed
    assert {"memory_conditioned", "mask_logits"} <= differing(plain[4], edited[4])
    assert not differing(plain[4], edited[4]) & CHANGES_NOTHING


@pytest.mark.parametrize("site", ["remembered_frame", "attention_to_memory", "attention_to_pointer"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_removed_is_read_no_more(family: str, site: str) -> None:
    model, frames = tracker(family), noted(family)
    edit = Edit(site, 3, Remove(), of=2 if site != "attention_to_pointer" else 0)
    edited = list(samscope.track(model, clip(), mask=mask(), attention=True, edits=[edit]))
    assert first_difference(frames, edited) == 3
    before, after = (run[3].attention for run in (frames, edited))
    assert before is not None
    assert after is not None
    gone = set(before.read) - set(after.read)
    assert {(entry.kind, entry.frame) for entry in gone} >= {
        ("pointer" if site == "attention_to_pointer" else "memory", edit.first - 1 if edit.covers(2) else 0)
    }
    if site.startswith("attention_to"):
        assert len(gone) == 1
        assert set(after.read) < set(before.read)


def test_forgetting_lasts_and_knocking_out_does_not() -> None:
    model = tracker("sam2")
    read = {}
    for site in ("remembered_frame", "attention_to_memory"):
        run = samscope.track(
            model, clip(), mask=mask(), attention=True, edits=[Edit(site, 3, Remove(), of=2)]
        )
        last = list(run)[4].attention
        assert last is not None
        read[site] = {entry.frame for entry in last.read if entry.kind == "memory"}
    assert read == {"remembered_frame": {0, 1, 3}, "attention_to_memory": {0, 1, 2, 3}}


def test_knocked_out_is_a_weight_of_zero_before_the_softmax() -> None:
    """A memory whose tokens get no attention at all is as good as none: here its keys are far off."""
    model = tracker("sam2")
    full = noted("sam2", 4)[3].attention
    edit = Edit("attention_to_memory", 3, Remove(), of=1)
    without = list(samscope.track(model, clip(4), mask=mask(), attention=True, edits=[edit]))[3].attention
    assert full is not None
    assert without is not None
    kept = [place for place, entry in enumerate(full.read) if entry in without.read]
    renormalised = full.shares[0, kept] / full.shares[0, kept].sum(dim=0)
    torch.testing.assert_close(without.shares[0], renormalised, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["memory", "pointer"])
@pytest.mark.parametrize("family", FAMILIES)
def test_all_memories_or_all_pointers_can_be_knocked_out_but_not_both(family: str, kind: str) -> None:
    model = tracker(family)
    one, other = Edit(f"attention_to_{kind}", 2, Remove()), None
    run = tracked(model, one, count=3)
    assert torch.isfinite(run[2].mask_logits).all()
    other = Edit(f"attention_to_{'pointer' if kind == 'memory' else 'memory'}", 2, Remove())
    with pytest.raises(UsageError, match="frame 2: edits leave no memory and no pointer"):
        tracked(model, one, other, count=3)


def test_forgetting_the_prompt_is_done_and_said(caplog: pytest.LogCaptureFixture) -> None:
    model = tracker("sam2")
    with caplog.at_level(logging.WARNING):
        run = list(
            samscope.track(
                model,
                clip(),
                mask=mask(),
                attention=True,
                edits=[Edit("remembered_frame", 3, Remove(), of=0)],
            )
        )
    assert "frame 3: the prompted frame is forgotten" in caplog.text
    assert run[4].attention is not None
    assert {entry.frame for entry in run[4].attention.read} == {1, 2, 3}


def test_a_forced_score_gates_mask_pointer_and_memory() -> None:
    model = tracker("sam2")
    plain, absent = unedited("sam2"), tracked(model, Edit("object_score", 2, Put(-10.0)))
    assert plain[2].object_score is not None
    assert plain[2].object_score > 0
    assert absent[2].object_score == -10
    assert (absent[2].mask_logits == -1024).all()
    assert torch.equal(absent[2].at("object_pointer"), model.network.no_object_pointer[0])
    assert torch.equal(absent[2].at("object_pointer_ungated"), plain[2].at("object_pointer_ungated"))
    added = model.network.occlusion_spatial_embedding_parameter[0, :, None, None]
    marked = (absent[2].at("memory_encoder_output") + added).bfloat16()
    assert torch.equal(absent[2].at("memory_features"), marked)


def test_the_prompted_frame_can_be_edited_too() -> None:
    model, plain = tracker("sam2"), unedited("sam2")
    for edit in (
        Edit("object_score", 0, Put(-10.0)),
        Edit("object_pointer", 0, Zero()),
        Edit("memory_features", 0, Zero()),
    ):
        edited = tracked(model, edit)
        assert edit.site in differing(plain[0], edited[0])
        assert torch.equal(plain[0].mask_logits, edited[0].mask_logits)
        assert "memory_conditioned" in differing(plain[1], edited[1])


def test_edits_at_one_site_are_done_in_their_order() -> None:
    def twice(tensor: torch.Tensor) -> torch.Tensor:
        return 2 * tensor

    def plus(tensor: torch.Tensor) -> torch.Tensor:
        return tensor + 1

    model, site = tracker("sam2"), "memory_conditioned"
    plain = unedited("sam2")[2].at(site)
    first, second = Edit(site, 2, Apply(twice)), Edit(site, 2, Apply(plus))
    assert torch.equal(tracked(model, first, second)[2].at(site), 2 * plain + 1)
    assert torch.equal(tracked(model, second, first)[2].at(site), 2 * (plain + 1))


def test_what_a_function_does_to_its_copy_changes_nothing() -> None:
    def spoiling(tensor: torch.Tensor) -> torch.Tensor:
        kept = tensor.clone()
        tensor.zero_()
        return kept

    model = tracker("sam2")
    edits = [Edit(site, 2, Apply(spoiling)) for site in ("recalled_memory", "memory_conditioned")]
    assert first_difference(unedited("sam2"), tracked(model, *edits)) is None


def test_the_value_of_another_frame_and_of_another_clip() -> None:
    model, plain = tracker("sam2"), unedited("sam2")
    other = list(samscope.track(model, clip(seed=1), mask=mask()))
    from_before = tracked(model, Edit("memory_conditioned", 3, Put(plain[1])))
    assert torch.equal(from_before[3].at("memory_conditioned"), plain[1].at("memory_conditioned"))
    from_other = tracked(model, Edit("object_pointer", range(1, 5), Put(other)))
    for one, another in zip(from_other[1:], other[1:], strict=True):
        assert torch.equal(one.at("object_pointer"), another.at("object_pointer"))


def test_a_run_with_edits_forks_where_they_begin() -> None:
    model = tracker("sam2")
    plain = list(samscope.track(model, clip(), mask=mask(), banks=True))
    edits = [Edit("memory_features", 3, Noise(1.0))]
    whole = tracked(model, *edits)
    rest = list(samscope.continue_track(model, clip()[3:], plain[2], edits=edits))
    assert [seen.frame_index for seen in rest] == [3, 4]
    assert first_difference(whole[3:], rest) is None
    assert first_difference(plain[3:], list(samscope.continue_track(model, clip()[3:], plain[2]))) is None


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_tracks_that_are_edited_alike_go_together(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    model, counted = sam2_in(mode), [0]
    follow = NetworkTracker.follow

    def counting(self: NetworkTracker, *args: object, **options: object) -> list[object]:
        steps = follow(self, *args, **options)  # type: ignore[arg-type]
        counted[0] += len(steps)
        return steps  # type: ignore[return-value]

    monkeypatch.setattr(NetworkTracker, "follow", counting)
    score = torch.tensor(-9.0)
    edits: list[tuple[Edit, ...]] = [
        (),
        (),
        (Edit("object_score", 3, Put(score)),),
        (Edit("object_score", [3], Put(score)),),
        (Edit("object_score", range(3, 5), Zero()),),
        (Edit("object_score", 3, Zero()), Edit("object_score", 4, Zero())),
    ]
    tracks: list[list[Seen]] = [[] for _ in edits]
    for together in track_together(
        model, [PromptedClip(clip(), mask(), edits=own) for own in edits], cores=1
    ):
        for place in together.clips:
            tracks[place].append(together.seen)
    assert counted[0] == 2 + 3 * 2
    for own, run in zip(edits, tracks, strict=True):
        assert first_difference(tracked(model, *own), run) is None


def test_no_edits_take_no_other_way() -> None:
    """Without edits a step calls no hook, and hands the very tensors on."""
    model = tracker("sam2")
    (encoded,) = model.encode(model.preprocess(clip()[0])[None])
    assert model._edited([encoded], [()], 0)[0] is encoded


def tracked_on_paths(*edits: Edit) -> list[Seen]:
    return list(samscope.track(tracker("sam2"), clip(6), mask=mask(), memory="sam2long", edits=edits))


@cache
def unedited_on_paths() -> list[Seen]:
    return tracked_on_paths()


@pytest.mark.parametrize("site", ["memory_conditioned", "recalled_memory", "mask_tokens", "memory_features"])
def test_tracks_that_keep_several_paths_are_edited_on_all_of_them(site: str) -> None:
    plain = unedited_on_paths()
    assert first_difference(plain, tracked_on_paths(Edit(site, 3, Apply(torch.clone)))) is None
    edited = tracked_on_paths(Edit(site, 3, Noise(0.5)))
    assert first_difference(plain[3:], edited[3:]) == 3


def test_what_is_removed_is_removed_from_all_paths() -> None:
    plain = unedited_on_paths()
    forgotten = tracked_on_paths(Edit("remembered_frame", 4, Remove(), of=0))
    assert "memory_conditioned" in differing(plain[5], forgotten[5])
    knocked_out = tracked_on_paths(Edit("attention_to_memory", 4, Remove(), of=0))
    assert "memory_conditioned" in differing(plain[4], knocked_out[4])


@pytest.mark.parametrize("asked", [{"banks": True}, {"attention": True}])
def test_what_is_not_told_of_several_paths_is_refused(asked: dict[str, bool]) -> None:
    with pytest.raises(UsageError, match="the memory rule sam2long keeps several paths"):
        samscope.track(tracker("sam2"), clip(), mask=mask(), memory="sam2long", **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("memory", ["sam2:stride=2", "sam3", "samurai", "dam4sam"])
def test_under_other_memory_rules(memory: str) -> None:
    model = tracker("sam2")
    plain = list(samscope.track(model, clip(6), mask=mask(), memory=memory, banks=True))
    edits = [Edit(site, range(1, 6), Put(plain)) for site in ("memory_conditioned", "recalled_pointer")]
    again = list(samscope.track(model, clip(6), mask=mask(), memory=memory, edits=edits))
    assert first_difference(plain, again) is None
    rest = list(samscope.continue_track(model, clip(6)[3:], plain[2]))
    assert first_difference(plain[3:], rest) is None
