package dev.weft.coordinator.admin;

import dev.weft.coordinator.config.Precondition;
import dev.weft.policy.Dns1123;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.policy.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request that has found its route, without the server library's types.
 *
 * @param path decoded parts of the path, by the names that the route gives them
 * @param query decoded; only names that the route takes
 * @param headers looks one up by its name in lower case; null if absent
 */
record Request(
    Map<String, String> path,
    Map<String, String> query,
    Function<String, @Nullable String> headers,
    byte[] body) {

  private static final Pattern ETAG = Pattern.compile("\\s*(W/)?\"([^\"]*)\"\\s*(?:,|$)");
  private static final int MAX_ETAGS = 20;
  private static final int MAX_AUTHOR = 64;

  @Nullable String header(String name) {
    return headers.apply(name);
  }

  /** A part of the path that must be a DNS label. */
  String label(String name) throws ProblemException {
    String value = raw(name);
    if (!Dns1123.isLabel(value)) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, value, Dns1123.LABEL));
    }
    return value;
  }

  /** A part of the path that must be a DNS subdomain. */
  String subdomain(String name) throws ProblemException {
    String value = raw(name);
    if (!Dns1123.isSubdomain(value)) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, value, Dns1123.SUBDOMAIN));
    }
    return value;
  }

  String raw(String name) {
    return Objects.requireNonNull(path.get(name));
  }

  /** The kind in the path, by any of its names. */
  Kind kind() throws ProblemException {
    return kind(raw("kind"), ProblemException.Kind.NOT_FOUND);
  }

  private static Kind kind(String word, ProblemException.Kind otherwise) throws ProblemException {
    Kind kind = Kinds.named(word);
    if (kind == null) {
      throw ProblemException.of(otherwise, Problem.wrong("kind", word, Kinds.expected()));
    }
    return kind;
  }

  /** The kind in the query; null: any. */
  @Nullable Kind kindFilter() throws ProblemException {
    String word = query.get("kind");
    return word == null ? null : kind(word, ProblemException.Kind.BAD_REQUEST);
  }

  /** A DNS label in the query; null: any. */
  @Nullable String labelFilter(String name) throws ProblemException {
    String value = query.get(name);
    if (value != null && !Dns1123.isLabel(value)) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, value, Dns1123.LABEL));
    }
    return value;
  }

  /** A parameter of the query; this text if it is not there. */
  String parameter(String name, String absent) {
    return Objects.requireNonNullElse(query.get(name), absent);
  }

  boolean flag(String name) throws ProblemException {
    String value = query.get(name);
    if (value == null || value.equals("false")) {
      return false;
    }
    if (value.equals("true")) {
      return true;
    }
    throw ProblemException.of(
        ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, value, "true or false"));
  }

  int limit(int absent, int max) throws ProblemException {
    String value = query.get("limit");
    if (value == null) {
      return absent;
    }
    if (value.matches("[0-9]{1,9}")) {
      int limit = Integer.parseInt(value);
      if (limit >= 1 && limit <= max) {
        return limit;
      }
    }
    throw ProblemException.of(
        ProblemException.Kind.BAD_REQUEST,
        Problem.wrong("limit", value, "a number from 1 to " + max));
  }

  /** What {@code If-Match} and {@code If-None-Match: *} ask for. */
  Precondition precondition() throws ProblemException {
    String ifMatch = header("if-match");
    String ifNoneMatch = header("if-none-match");
    if (ifNoneMatch != null) {
      if (!ifNoneMatch.strip().equals("*") || ifMatch != null) {
        throw ProblemException.of(
            ProblemException.Kind.BAD_REQUEST,
            Problem.wrong("If-None-Match", ifNoneMatch, "* alone, and no If-Match beside it"));
      }
      return Precondition.ABSENT;
    }
    if (ifMatch == null) {
      return Precondition.NONE;
    }
    if (ifMatch.strip().equals("*")) {
      return Precondition.PRESENT;
    }
    List<String> etags = new ArrayList<>();
    Matcher matcher = ETAG.matcher(ifMatch);
    int end = 0;
    while (end < ifMatch.length() && matcher.find(end) && matcher.start() == end) {
      // A weak one never matches here (RFC 9110, 13.1.1); it is not wrong to send it.
      if (matcher.group(1) == null) {
        etags.add(matcher.group(2));
      }
      end = matcher.end();
    }
    if (end < ifMatch.length() || ifMatch.isBlank() || etags.size() > MAX_ETAGS) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST,
          Problem.wrong("If-Match", ifMatch, "* or ETags in double quotes, at most " + MAX_ETAGS));
    }
    return Precondition.oneOf(etags);
  }

  /**
   * Who changes something, for revisions and the audit. There is one admin token, so what is added
   * to {@code admin} is only what the client says of itself.
   */
  String author() {
    String claimed = header("weft-author");
    if (claimed == null) {
      return "admin";
    }
    String clean = claimed.replaceAll("[^A-Za-z0-9@._-]", "_");
    return "admin/" + (clean.length() > MAX_AUTHOR ? clean.substring(0, MAX_AUTHOR) : clean);
  }
}
