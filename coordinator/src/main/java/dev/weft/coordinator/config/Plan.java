package dev.weft.coordinator.config;

import dev.weft.policy.Problem;
import dev.weft.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a commit makes of its base; nothing of it has been written yet.
 *
 * @param next every resource after it, by id
 * @param outcomes for each change, in order
 */
record Plan(NavigableMap<String, Stored> next, List<Commit.Outcome> outcomes) {
  /** Longest resource, in bytes of JSON: one is pushed to agents in one frame of 1 MiB. */
  static final int MAX_RESOURCE = 900 * 1024;

  /**
   * What these changes make of a base.
   *
   * @param now when what is new was created
   * @throws RefusedException naming the first change that cannot be made
   */
  static Plan of(Config base, List<Change> changes, Instant now) throws RefusedException {
    NavigableMap<String, Stored> next = base.copy();
    List<Commit.Outcome> outcomes = new ArrayList<>();
    for (Change change : changes) {
      Stored before = base.get(change.id());
      check(change, before);
      if (change instanceof Change.Put put) {
        Instant created = before == null ? now : createdAt(before, now);
        Map<String, Object> tree = put.resource().tree(created);
        byte[] json = Json.bytes(tree);
        if (json.length > MAX_RESOURCE) {
          throw new RefusedException(
              RefusedException.Reason.LIMIT,
              change.id(),
              Problem.wrong(
                  "size",
                  json.length + " bytes of JSON",
                  "at most " + MAX_RESOURCE + "; split it"));
        }
        Stored after = Stored.of(change.id(), Blobs.hash(json), tree);
        next.put(change.id(), after);
        outcomes.add(outcome(change.id(), before, after));
      } else {
        next.remove(change.id());
        outcomes.add(outcome(change.id(), before, null));
      }
    }
    return new Plan(next, outcomes);
  }

  private static void check(Change change, @Nullable Stored before) throws RefusedException {
    if (change instanceof Change.Delete && before == null) {
      throw new RefusedException(
          RefusedException.Reason.NOT_FOUND,
          change.id(),
          Problem.wrong(
              "name",
              change.id().substring(change.id().lastIndexOf('/') + 1),
              "the name of a resource that exists"));
    }
    Precondition precondition = change.precondition();
    if (!precondition.holds(before == null ? null : before.etag())) {
      List<String> etags = precondition.etags();
      String expected =
          precondition.presence() == Precondition.Presence.ABSENT
              ? "no such resource yet"
              : etags == null ? "a resource that exists" : "one of " + etags;
      throw new RefusedException(
          RefusedException.Reason.PRECONDITION,
          change.id(),
          before == null
              ? Problem.missing("etag", expected)
              : Problem.wrong("etag", before.etag(), expected));
    }
  }

  private static Instant createdAt(Stored stored, Instant otherwise) {
    if (stored.resource() != null) {
      Instant created = stored.resource().metadata().creationTimestamp();
      return created == null ? otherwise : created;
    }
    return otherwise;
  }

  private static Commit.Outcome outcome(
      String id, @Nullable Stored before, @Nullable Stored after) {
    Commit.Action action;
    if (after == null) {
      action = Commit.Action.DELETED;
    } else if (before == null) {
      action = Commit.Action.CREATED;
    } else {
      action =
          before.etag().equals(after.etag()) ? Commit.Action.UNCHANGED : Commit.Action.CONFIGURED;
    }
    return new Commit.Outcome(
        id,
        action,
        after == null ? null : after.etag(),
        before == null ? null : before.tree(),
        after == null ? null : after.tree());
  }

  /** From one state to another, without what is unchanged. */
  static List<Commit.Outcome> differences(Config from, Config to) {
    Set<String> ids = new TreeSet<>();
    from.all().forEach(stored -> ids.add(stored.id()));
    to.all().forEach(stored -> ids.add(stored.id()));
    List<Commit.Outcome> outcomes = new ArrayList<>();
    for (String id : ids) {
      Commit.Outcome outcome = outcome(id, from.get(id), to.get(id));
      if (outcome.action() != Commit.Action.UNCHANGED) {
        outcomes.add(outcome);
      }
    }
    return outcomes;
  }

  boolean changed() {
    return outcomes.stream().anyMatch(o -> o.action() != Commit.Action.UNCHANGED);
  }

  /** Such as {@code 2 created, 1 deleted}. */
  String summary() {
    Map<Commit.Action, Integer> counts = new TreeMap<>();
    outcomes.forEach(outcome -> counts.merge(outcome.action(), 1, Integer::sum));
    List<String> parts = new ArrayList<>();
    counts.forEach((action, n) -> parts.add(n + " " + action.name().toLowerCase(Locale.ROOT)));
    return String.join(", ", parts);
  }
}
