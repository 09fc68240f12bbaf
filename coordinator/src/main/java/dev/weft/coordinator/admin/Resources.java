package dev.weft.coordinator.admin;

import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.config.Change;
import dev.weft.coordinator.config.Commit;
import dev.weft.coordinator.config.Config;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.coordinator.config.Precondition;
import dev.weft.coordinator.config.RefusedException;
import dev.weft.coordinator.config.Revision;
import dev.weft.coordinator.config.Stored;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.HttpRouteStatus;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.policy.MemberIndex;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import dev.weft.policy.ServiceName;
import dev.weft.policy.ServiceSpec;
import dev.weft.policy.Surroundings;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reading and changing policy. */
final class Resources {
  /** Further resources that a change breaks are counted. */
  private static final int MAX_TOLD = 50;

  private final ConfigStore store;
  private final RegistryView registry;
  private final AuditView audit;
  private final Known known;

  Resources(ConfigStore store, RegistryView registry, AuditView audit, Known known) {
    this.store = store;
    this.registry = registry;
    this.audit = audit;
    this.known = known;
  }

  Reply apply(Request request) throws ProblemException {
    boolean dryRun = request.flag("dryRun");
    if (request.header("if-match") != null || request.header("if-none-match") != null) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST,
          Problem.wrong(
              "If-Match",
              String.valueOf(request.header("if-match")),
              "no precondition here: many resources have many ETags; PUT them one by one"));
    }
    List<Documents.Document> documents = Documents.read(request, Resource.DEFAULT_NAMESPACE);
    List<Change> changes = new ArrayList<>();
    for (Documents.Document document : documents) {
      changes.add(new Change.Put(document.resource(), Precondition.NONE));
    }
    Config before = store.current();
    Commit commit = commit(request, changes, dryRun);
    Effects effects = effects(before, commit);
    List<Object> resources = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("document", documents.get(i).index());
      describe(tree, commit.outcomes().get(i), dryRun);
      tree.put("warnings", effects.of(documents.get(i).resource().id()));
      resources.add(tree);
    }
    return Reply.json(result(commit, dryRun, resources, effects.elsewhere()));
  }

  Reply list(Request request) throws ProblemException {
    Kind kind = request.kindFilter();
    String namespace = request.labelFilter("namespace");
    Config config = store.current();
    Supplier<Surroundings> surroundings = surroundings(config.resources());
    List<Object> items = new ArrayList<>();
    for (Stored stored : config.all()) {
      String[] id = stored.id().split("/", 3);
      if ((kind == null || id[0].equals(kind.name()))
          && (namespace == null || id[1].equals(namespace))) {
        items.add(withStatus(stored, surroundings));
      }
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("revision", config.revision());
    tree.put("items", items);
    return Reply.json(tree);
  }

  Reply get(Request request) throws ProblemException {
    String id = id(request);
    Config config = store.current();
    Stored stored = config.get(id);
    if (stored == null) {
      throw missing(id);
    }
    return Reply.json(withStatus(stored, surroundings(config.resources())))
        .withHeader("etag", quoted(stored.etag()));
  }

  /** As it is stored and, for a route, with its conditions as they are now. */
  private static Map<String, Object> withStatus(
      Stored stored, Supplier<Surroundings> surroundings) {
    if (stored.resource() == null || !(stored.resource().spec() instanceof HttpRoute route)) {
      return stored.tree();
    }
    Map<String, Object> tree = new LinkedHashMap<>(stored.tree());
    tree.put("status", HttpRouteStatus.tree(route, surroundings.get()));
    return tree;
  }

  /** Made when it is first asked for, once. */
  private Supplier<Surroundings> surroundings(Collection<Resource> resources) {
    return new Supplier<>() {
      private @Nullable Surroundings made;

      @Override
      public Surroundings get() {
        Surroundings all = made;
        if (all == null) {
          MemberIndex members = new MemberIndex();
          for (Instance instance : registry.instances()) {
            if (instance.state() != InstanceState.STARTING) {
              members.add(
                  new ServiceName(instance.namespace(), instance.service()),
                  instance.labels(),
                  instance.ports().stream().map(Port::number).collect(Collectors.toSet()),
                  instance.ports().stream().anyMatch(Port::primary));
            }
          }
          known.services().forEach(members::addCaller);
          if (registry.otherCoordinators().isEmpty()) {
            members.knowsAllCallers();
          }
          all = new Surroundings(resources, members);
          made = all;
        }
        return all;
      }
    };
  }

  Reply put(Request request) throws ProblemException {
    String id = id(request);
    boolean dryRun = request.flag("dryRun");
    Precondition precondition = request.precondition();
    List<Documents.Document> documents = Documents.read(request, request.label("namespace"));
    if (documents.size() != 1) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST,
          Problem.wrong("body", documents.size() + " resources", "the one of the path"));
    }
    Resource resource = documents.get(0).resource();
    requireSame(request, resource);
    Config before = store.current();
    Commit commit = commit(request, List.of(new Change.Put(resource, precondition)), dryRun);
    Commit.Outcome outcome = commit.outcomes().get(0);
    Reply reply =
        Reply.json(outcome.action() == Commit.Action.CREATED ? 201 : 200, outcome.after())
            .withHeader("etag", quoted(String.valueOf(outcome.etag())))
            .withHeader("weft-revision", Long.toString(commit.revision()))
            .withHeader("weft-action", outcome.action().name().toLowerCase(Locale.ROOT));
    Effects effects = effects(before, commit);
    List<String> warnings = new ArrayList<>(effects.of(id));
    warnings.addAll(effects.elsewhere());
    return warnings.isEmpty()
        ? reply
        : reply.withHeader("warning", "299 weft \"" + String.join("; ", warnings) + "\"");
  }

  Reply delete(Request request) throws ProblemException {
    String id = id(request);
    boolean dryRun = request.flag("dryRun");
    Change delete = new Change.Delete(id, request.precondition());
    return Reply.json(deleted(request, List.of(delete), dryRun));
  }

  /** Those that there are, in one revision; of the others it says that there are none. */
  Reply deleteAll(Request request) throws ProblemException {
    boolean dryRun = request.flag("dryRun");
    Config config = store.current();
    List<Change> changes = new ArrayList<>();
    List<ProblemException.Error> missing = new ArrayList<>();
    for (Documents.Named named : Documents.names(request, Resource.DEFAULT_NAMESPACE)) {
      if (config.get(named.id()) != null) {
        changes.add(new Change.Delete(named.id(), Precondition.NONE));
      } else {
        missing.add(new ProblemException.Error(named.index(), named.id(), noSuch(named.id())));
      }
    }
    if (changes.isEmpty()) {
      throw new ProblemException(
          ProblemException.Kind.NOT_FOUND, missing.get(0).problem().toString(), missing);
    }
    Map<String, Object> tree = new LinkedHashMap<>(deleted(request, changes, dryRun));
    tree.put("missing", missing.stream().map(ProblemException.Error::tree).toList());
    return Reply.json(tree);
  }

  private Map<String, Object> deleted(Request request, List<Change> changes, boolean dryRun)
      throws ProblemException {
    Config before = store.current();
    try {
      Commit commit = store.commit(request.author(), "delete", changes, dryRun);
      record(request, "config.deleted", commit, dryRun, Map.of());
      return result(commit, dryRun, outcomes(commit, dryRun), effects(before, commit).elsewhere());
    } catch (RefusedException e) {
      throw ProblemException.of(e);
    }
  }

  Reply revisions(Request request) throws ProblemException {
    int limit = request.limit(ConfigStore.REVISIONS_KEPT, ConfigStore.REVISIONS_KEPT);
    List<Object> items = new ArrayList<>();
    for (Revision revision : store.revisions(limit)) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("revision", revision.number());
      tree.put("author", revision.author());
      tree.put("time", Instant.ofEpochMilli(revision.timeMillis()).toString());
      tree.put("message", revision.message());
      items.add(tree);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("current", store.current().revision());
    tree.put("items", items);
    return Reply.json(tree);
  }

  Reply rollback(Request request) throws ProblemException {
    String text = request.raw("revision");
    boolean dryRun = request.flag("dryRun");
    if (!text.matches("[0-9]{1,18}")) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST,
          Problem.wrong("revision", text, "a revision's number"));
    }
    long target = Long.parseLong(text);
    try {
      Config before = store.current();
      Commit commit = store.rollback(request.author(), target, dryRun);
      record(request, "config.rolledBack", commit, dryRun, Map.of("to", text));
      Effects effects = effects(before, commit);
      List<Object> resources = new ArrayList<>();
      for (Commit.Outcome outcome : commit.outcomes()) {
        Map<String, Object> tree = new LinkedHashMap<>();
        describe(tree, outcome, dryRun);
        tree.put("warnings", effects.of(outcome.id()));
        resources.add(tree);
      }
      return Reply.json(result(commit, dryRun, resources, effects.elsewhere()));
    } catch (RefusedException e) {
      throw ProblemException.of(e);
    }
  }

  private Commit commit(Request request, List<Change> changes, boolean dryRun)
      throws ProblemException {
    try {
      Commit commit = store.commit(request.author(), changes, dryRun);
      record(request, "config.applied", commit, dryRun, Map.of());
      return commit;
    } catch (RefusedException e) {
      throw ProblemException.of(e);
    }
  }

  private void record(
      Request request, String action, Commit commit, boolean dryRun, Map<String, String> more) {
    if (dryRun || !commit.changed()) {
      return;
    }
    Map<String, String> details = new TreeMap<>(more);
    Map<Commit.Action, List<String>> byAction = new TreeMap<>();
    for (Commit.Outcome outcome : commit.outcomes()) {
      byAction.computeIfAbsent(outcome.action(), a -> new ArrayList<>()).add(outcome.id());
    }
    byAction.remove(Commit.Action.UNCHANGED);
    byAction.forEach(
        (done, ids) ->
            details.put(
                done.name().toLowerCase(Locale.ROOT),
                ids.size() <= 10
                    ? String.join(" ", ids)
                    : String.join(" ", ids.subList(0, 10))
                        + " and "
                        + (ids.size() - 10)
                        + " more"));
    audit.record(action, request.author(), "revision " + commit.revision(), details);
  }

  /**
   * @param warnings of resources that were not touched, and are broken by it
   */
  private static Map<String, Object> result(
      Commit commit, boolean dryRun, List<Object> resources, List<String> warnings) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("revision", commit.revision());
    tree.put("changed", commit.changed());
    tree.put("dryRun", dryRun);
    tree.put("resources", resources);
    tree.put("warnings", warnings);
    return tree;
  }

  private static List<Object> outcomes(Commit commit, boolean dryRun) {
    List<Object> resources = new ArrayList<>();
    for (Commit.Outcome outcome : commit.outcomes()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      describe(tree, outcome, dryRun);
      resources.add(tree);
    }
    return resources;
  }

  private static void describe(Map<String, Object> tree, Commit.Outcome outcome, boolean dryRun) {
    String[] id = outcome.id().split("/", 3);
    tree.put("kind", id[0]);
    tree.put("namespace", id[1]);
    tree.put("name", id[2]);
    tree.put("action", outcome.action().name().toLowerCase(Locale.ROOT));
    putIfThere(tree, "etag", outcome.etag());
    if (dryRun && outcome.action() != Commit.Action.UNCHANGED) {
      putIfThere(tree, "before", outcome.before());
      putIfThere(tree, "after", outcome.after());
    }
  }

  private static void putIfThere(Map<String, Object> tree, String name, @Nullable Object value) {
    if (value != null) {
      tree.put(name, value);
    }
  }

  /**
   * What is accepted but probably not meant.
   *
   * @param byResource of those that the commit is about, as things stand after it
   * @param elsewhere of the others, as far as it was not so before
   */
  private record Effects(Map<String, List<String>> byResource, List<String> elsewhere) {
    List<String> of(String id) {
      return byResource.getOrDefault(id, List.of());
    }
  }

  private Effects effects(Config before, Commit commit) {
    Map<String, Resource> after = new LinkedHashMap<>();
    before.resources().forEach(resource -> after.put(resource.id(), resource));
    List<Resource> touched = new ArrayList<>();
    Set<String> changed = new HashSet<>();
    for (Commit.Outcome outcome : commit.outcomes()) {
      if (outcome.action() != Commit.Action.UNCHANGED) {
        changed.add(outcome.id());
      }
      if (outcome.after() == null) {
        after.remove(outcome.id());
        continue;
      }
      try {
        Resource resource = Kinds.parse(outcome.after(), Resource.DEFAULT_NAMESPACE);
        after.put(resource.id(), resource);
        touched.add(resource);
      } catch (InvalidResourceException e) {
        // It was just accepted, or comes from a revision that another version has made.
      }
    }
    Map<String, List<String>> warnings = new HashMap<>();
    Supplier<Surroundings> surroundings = surroundings(after.values());
    for (Resource resource : touched) {
      List<String> all = new ArrayList<>(Kinds.warnings(resource, surroundings.get()));
      all.addAll(CutOff.warnings(resource, after.values(), registry));
      warnings.put(resource.id(), all);
    }
    return new Effects(warnings, broken(before, after, changed, surroundings));
  }

  /** Whether a resource that is new changes what others mean. */
  private static boolean concernsOthers(String id) {
    return id.startsWith(ServiceSpec.KIND.name() + "/")
        || id.startsWith(PeerAuthentication.KIND.name() + "/");
  }

  private List<String> broken(
      Config before,
      Map<String, Resource> after,
      Set<String> changed,
      Supplier<Surroundings> surroundings) {
    List<String> broken = new ArrayList<>();
    if (changed.stream().noneMatch(id -> before.get(id) != null || concernsOthers(id))) {
      return broken; // thousands of new routes, say, each the youngest of all
    }
    if (changed.stream().anyMatch(id -> before.get(id) != null && Opened.concerns(id))) {
      broken.addAll(Opened.warnings(before.resources(), after.values(), registry));
    }
    Supplier<Surroundings> earlier = surroundings(before.resources());
    for (Resource resource : after.values()) {
      if (changed.contains(resource.id())) {
        continue;
      }
      List<String> now = Kinds.warnings(resource, surroundings.get());
      if (!now.isEmpty()) {
        List<String> news = new ArrayList<>(now);
        news.removeAll(Kinds.warnings(resource, earlier.get()));
        for (String one : news) {
          broken.add(resource.id().replaceFirst("/", " ") + " " + one);
        }
      }
    }
    if (broken.size() > MAX_TOLD) {
      String more = "and " + (broken.size() - MAX_TOLD) + " more; see `weft check -A`";
      broken.subList(MAX_TOLD, broken.size()).clear();
      broken.add(more);
    }
    return broken;
  }

  private static String id(Request request) throws ProblemException {
    return Resource.id(request.kind(), request.label("namespace"), request.subdomain("name"));
  }

  private static void requireSame(Request request, Resource resource) throws ProblemException {
    List<ProblemException.Error> errors = new ArrayList<>();
    same(errors, resource, "kind", resource.kind().name(), request.kind().name());
    same(errors, resource, "metadata.namespace", resource.namespace(), request.raw("namespace"));
    same(errors, resource, "metadata.name", resource.name(), request.raw("name"));
    if (!errors.isEmpty()) {
      throw new ProblemException(
          ProblemException.Kind.INVALID, errors.get(0).problem().toString(), errors);
    }
  }

  private static void same(
      List<ProblemException.Error> errors,
      Resource resource,
      String path,
      String inBody,
      String inPath) {
    if (!inBody.equals(inPath)) {
      errors.add(
          new ProblemException.Error(
              0, resource.id(), Problem.wrong(path, inBody, inPath + ", as in the path")));
    }
  }

  private static Problem noSuch(String id) {
    return Problem.wrong(
        "name", id.substring(id.lastIndexOf('/') + 1), "the name of a resource that exists");
  }

  private static ProblemException missing(String id) {
    Problem problem = noSuch(id);
    return new ProblemException(
        ProblemException.Kind.NOT_FOUND,
        id + ": " + problem,
        List.of(new ProblemException.Error(-1, id, problem)));
  }

  private static String quoted(String etag) {
    return "\"" + etag + "\"";
  }
}
