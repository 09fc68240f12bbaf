package dev.weft.coordinator.admin;

import dev.weft.coordinator.config.RefusedException;
import dev.weft.policy.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is refused; becomes a problem document (RFC 9457). */
final class ProblemException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Longest list of errors in one answer. */
  static final int MAX_ERRORS = 100;

  /** The kinds of problem: the last part of {@code type}, the status, the title. */
  enum Kind {
    BAD_REQUEST("bad-request", 400, "The request cannot be understood"),
    UNAUTHORIZED("unauthorized", 401, "No valid admin token"),
    NOT_FOUND("not-found", 404, "There is no such thing"),
    METHOD_NOT_ALLOWED("method-not-allowed", 405, "This path does not take that method"),
    CONFLICT("conflict", 409, "That cannot be done while things stand as they do"),
    PRECONDITION_FAILED(
        "precondition-failed", 412, "The resource is not what you believe it to be"),
    TOO_LARGE("too-large", 413, "The body is too large"),
    UNSUPPORTED_MEDIA_TYPE("unsupported-media-type", 415, "The body's type is not supported"),
    MISDIRECTED("misdirected", 421, "This is not the host that was asked for"),
    INVALID("invalid-resource", 422, "The documents are not valid; nothing was changed"),
    LIMIT("limit", 422, "A bound would be passed; nothing was changed"),
    INTERNAL("internal", 500, "The coordinator made a mistake"),
    UNAVAILABLE("unavailable", 503, "The coordinator cannot do that just now"),
    OTHER("about:blank", 0, "");

    private final String type;
    private final int status;
    private final String title;

    Kind(String type, int status, String title) {
      this.type = type;
      this.status = status;
      this.title = title;
    }
  }

  /**
   * One error.
   *
   * @param document index of the document of the body; -1: none
   * @param resource {@code Kind/namespace/name}; empty: none
   */
  record Error(int document, String resource, Problem problem) {
    Map<String, @Nullable Object> tree() {
      Map<String, @Nullable Object> tree = new LinkedHashMap<>();
      if (document >= 0) {
        tree.put("document", document);
      }
      if (!resource.isEmpty()) {
        tree.put("resource", resource);
      }
      tree.put("path", problem.path());
      tree.put("value", problem.value());
      tree.put("expected", problem.expected());
      return tree;
    }
  }

  private final Kind kind;
  private final int status;
  private final transient List<Error> errors;
  private final transient Map<String, String> headers;

  private ProblemException(
      Kind kind, int status, String detail, List<Error> errors, Map<String, String> headers) {
    super(detail);
    this.kind = kind;
    this.status = status;
    this.errors = errors.size() > MAX_ERRORS ? errors.subList(0, MAX_ERRORS) : errors;
    this.headers = headers;
  }

  ProblemException(Kind kind, String detail) {
    this(kind, kind.status, detail, List.of(), Map.of());
  }

  ProblemException(Kind kind, String detail, Map<String, String> headers) {
    this(kind, kind.status, detail, List.of(), headers);
  }

  ProblemException(Kind kind, String detail, List<Error> errors) {
    this(kind, kind.status, detail, errors, Map.of());
  }

  /** A problem of the HTTP layer, told by its status alone. */
  static ProblemException ofStatus(int status, String detail) {
    for (Kind kind : Kind.values()) {
      if (kind.status == status) {
        return new ProblemException(kind, detail);
      }
    }
    return new ProblemException(Kind.OTHER, status, detail, List.of(), Map.of());
  }

  /** Something wrong with a part of the request that is no document. */
  static ProblemException of(Kind kind, Problem problem) {
    return new ProblemException(kind, problem.toString(), List.of(new Error(-1, "", problem)));
  }

  static ProblemException of(RefusedException e) {
    Kind kind =
        switch (e.reason()) {
          case NOT_FOUND -> Kind.NOT_FOUND;
          case PRECONDITION -> Kind.PRECONDITION_FAILED;
          case LIMIT -> Kind.LIMIT;
        };
    return new ProblemException(
        kind, String.valueOf(e.getMessage()), List.of(new Error(-1, e.resource(), e.problem())));
  }

  Reply reply() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("type", kind == Kind.OTHER ? kind.type : "urn:weft:problem:" + kind.type);
    if (!kind.title.isEmpty()) {
      tree.put("title", kind.title);
    }
    tree.put("status", status);
    tree.put("detail", getMessage());
    if (!errors.isEmpty()) {
      List<Object> all = new ArrayList<>();
      errors.forEach(error -> all.add(error.tree()));
      tree.put("errors", all);
    }
    return Reply.json(status, tree).withType("application/problem+json").withHeaders(headers);
  }
}
