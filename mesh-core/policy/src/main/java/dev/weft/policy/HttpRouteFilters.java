package dev.weft.policy;

import dev.weft.policy.HttpRoute.Field;
import dev.weft.policy.HttpRoute.Filter;
import dev.weft.policy.HttpRoute.HeaderChange;
import dev.weft.policy.HttpRoute.Match;
import dev.weft.policy.HttpRoute.Mirror;
import dev.weft.policy.HttpRoute.PathChange;
import dev.weft.policy.HttpRoute.PathMatch;
import dev.weft.policy.HttpRoute.Redirect;
import dev.weft.policy.HttpRoute.RequestHeaders;
import dev.weft.policy.HttpRoute.ResponseHeaders;
import dev.weft.policy.HttpRoute.Rewrite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the filters of one rule of an HTTPRoute and of its backends. */
final class HttpRouteFilters {
  private static final int MAX_FILTERS = 16;
  private static final int MAX_HEADERS = 16;

  /** Fewer would be no redirect that a client follows. */
  private static final List<Long> REDIRECTS = List.of(301L, 302L, 303L, 307L, 308L);

  /** As they are written, each with the field that it needs. */
  private enum Type {
    RequestHeaderModifier("requestHeaderModifier"),
    ResponseHeaderModifier("responseHeaderModifier"),
    RequestMirror("requestMirror"),
    RequestRedirect("requestRedirect"),
    URLRewrite("urlRewrite");

    private final String field;

    Type(String field) {
      this.field = field;
    }
  }

  private final Metadata metadata;
  private final boolean prefixIsKnown;

  /**
   * @param matches of the rule
   */
  HttpRouteFilters(Metadata metadata, List<Match> matches) {
    this.metadata = metadata;
    this.prefixIsKnown =
        matches.size() == 1 && matches.get(0).path().type() == PathMatch.Type.PREFIX;
  }

  List<Filter> ofRule(FieldReader rule) {
    return filters(rule, EnumSet.allOf(Type.class));
  }

  List<Filter> ofBackend(FieldReader ref) {
    return filters(
        ref, EnumSet.of(Type.RequestHeaderModifier, Type.ResponseHeaderModifier, Type.URLRewrite));
  }

  private List<Filter> filters(FieldReader parent, EnumSet<Type> allowed) {
    List<Filter> all = new ArrayList<>();
    EnumSet<Type> seen = EnumSet.noneOf(Type.class);
    parent.objects(
        "filters",
        MAX_FILTERS,
        reader -> {
          Type type = type(reader, allowed);
          Filter filter = type == null ? null : filter(reader, type);
          if (type != null && !seen.add(type) && type != Type.RequestMirror) {
            reader.wrong("type", type, "each filter once; only RequestMirror may be repeated");
          }
          if (filter != null) {
            all.add(filter);
          }
        });
    if (seen.contains(Type.RequestRedirect) && seen.contains(Type.URLRewrite)) {
      parent.wrong(
          "filters",
          parent.any("filters"),
          "RequestRedirect or URLRewrite, not both: what is redirected is not sent");
    }
    return all;
  }

  private static @Nullable Type type(FieldReader filter, EnumSet<Type> allowed) {
    for (Type other : Type.values()) {
      filter.has(other.field); // known, and at most a contradiction
    }
    String expected = "one of " + String.join(", ", allowed.stream().map(Enum::name).toList());
    String written = filter.requiredString("type", expected);
    String reason = written == null ? null : notHonoured(written);
    if (reason != null) {
      filter.wrong("type", written, expected + ": " + reason);
      // Said once, for the type; its own field is no news.
      filter.ignore("cors", "extensionRef", "externalAuth");
      return null;
    }
    if (written == null) {
      return null;
    }
    for (Type type : allowed) {
      if (type.name().equals(written)) {
        return type;
      }
    }
    boolean elsewhere = Arrays.stream(Type.values()).anyMatch(t -> t.name().equals(written));
    filter.wrong(
        "type", written, expected + (elsewhere ? "; this one stands beside the rule only" : ""));
    return null;
  }

  private static @Nullable String notHonoured(String type) {
    return switch (type) {
      case "CORS" -> "CORS is between a browser and the service that it talks to, not of a mesh";
      case "ExternalAuth" -> "calls are authorized where they arrive";
      case "ExtensionRef" -> "there are no extensions of filters";
      default -> null;
    };
  }

  private @Nullable Filter filter(FieldReader filter, Type type) {
    for (Type other : Type.values()) {
      if (other != type && filter.has(other.field)) {
        filter.wrong(other.field, filter.any(other.field), "absent beside type " + type);
      }
    }
    if (!filter.has(type.field)) {
      filter.problem(Problem.missing(filter.path(type.field), "an object, for type " + type));
      return null;
    }
    FieldReader body = filter.object(type.field);
    if (body == null) {
      return null;
    }
    try (body) {
      return switch (type) {
        case RequestHeaderModifier -> new RequestHeaders(change(body, true));
        case ResponseHeaderModifier -> new ResponseHeaders(change(body, false));
        case RequestMirror -> mirror(body);
        case RequestRedirect -> redirect(body);
        case URLRewrite -> new Rewrite(hostname(body), path(body));
      };
    }
  }

  private static HeaderChange change(FieldReader body, boolean ofRequest) {
    List<Field> set = headers(body, "set", ofRequest);
    List<Field> add = headers(body, "add", ofRequest);
    List<String> remove = new ArrayList<>();
    List<String> written = body.strings("remove", MAX_HEADERS, Headers.NAME);
    for (int i = 0; i < written.size(); i++) {
      String name = written.get(i);
      String problem = Headers.isName(name) ? Headers.untouchable(name, ofRequest) : Headers.NAME;
      if (problem == null) {
        remove.add(name);
      } else {
        body.problem(Problem.wrong(body.path("remove") + "[" + i + "]", name, problem));
      }
    }
    return new HeaderChange(set, add, remove);
  }

  private static List<Field> headers(FieldReader body, String list, boolean ofRequest) {
    List<Field> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    body.objects(
        list,
        MAX_HEADERS,
        header -> {
          String name = Headers.name(header, "name");
          String value = header.requiredString("value", Headers.value());
          if (value != null && !Headers.isValue(value)) {
            header.wrong("value", value, Headers.value());
          }
          if (name == null || value == null) {
            return;
          }
          String problem = Headers.untouchable(name, ofRequest);
          if (problem != null) {
            header.wrong("name", name, problem);
          } else if (!names.add(name.toLowerCase(Locale.ROOT))) {
            header.wrong("name", name, "each name once; several values go into one, with commas");
          }
          all.add(new Field(name, value));
        });
    return all;
  }

  private Mirror mirror(FieldReader body) {
    ServiceName service = new ServiceName(metadata.namespace(), "");
    int port = -1;
    FieldReader ref = body.object("backendRef");
    if (ref == null) {
      if (!body.has("backendRef")) {
        body.problem(Problem.missing(body.path("backendRef"), "the Service that gets the copies"));
      }
    } else {
      try (ref) {
        if (!HttpRouteReader.isService(ref, "", "Service")) {
          ref.wrong("kind", ref.any("kind"), "Service, or absent, as group");
        }
        service = HttpRouteReader.service(metadata, ref);
        Integer number = ref.integer("port", 1, 65535);
        port = number == null ? -1 : number;
      }
    }
    Integer percent = body.integer("percent", 0, 100);
    FieldReader fraction = body.object("fraction");
    if (fraction == null) {
      return new Mirror(service, port, percent == null ? 100 : percent, 100);
    }
    try (fraction) {
      if (body.has("percent")) {
        body.wrong("percent", body.any("percent"), "percent or fraction, not both");
      }
      if (!fraction.has("numerator")) {
        fraction.problem(Problem.missing(fraction.path("numerator"), "a whole number from 0"));
      }
      Integer numerator = fraction.integer("numerator", 0, Integer.MAX_VALUE);
      Integer denominator = fraction.integer("denominator", 1, Integer.MAX_VALUE);
      int of = denominator == null ? 100 : denominator;
      if (numerator != null && numerator > of) {
        fraction.wrong("numerator", numerator, "at most the denominator, " + of);
      }
      return new Mirror(service, port, numerator == null ? 0 : numerator, of);
    }
  }

  private Redirect redirect(FieldReader body) {
    Map<String, String> schemes = new LinkedHashMap<>();
    schemes.put("http", "http");
    schemes.put("https", "https");
    String scheme = body.constant("scheme", schemes);
    Object status = body.any("statusCode");
    if (status != null && !REDIRECTS.contains(status)) {
      body.wrong("statusCode", status, "one of 301, 302, 303, 307, 308");
    }
    return new Redirect(
        scheme,
        hostname(body),
        body.integer("port", 1, 65535),
        path(body),
        status instanceof Number number ? number.intValue() : 302);
  }

  private static @Nullable String hostname(FieldReader body) {
    String expected = "a host name in lower case without wildcard and port";
    String hostname = body.string("hostname", expected);
    if (hostname != null && !Dns1123.isSubdomain(hostname)) {
      body.wrong("hostname", hostname, expected);
    }
    return hostname;
  }

  private @Nullable PathChange path(FieldReader body) {
    FieldReader path = body.object("path");
    if (path == null) {
      return null;
    }
    try (path) {
      Map<String, Boolean> types = new LinkedHashMap<>();
      types.put("ReplaceFullPath", false);
      types.put("ReplacePrefixMatch", true);
      if (!path.has("type")) {
        path.problem(
            Problem.missing(path.path("type"), "one of ReplaceFullPath, ReplacePrefixMatch"));
      }
      Boolean prefix = path.constant("type", types);
      if (prefix == null) {
        path.ignore("replaceFullPath", "replacePrefixMatch");
        return null;
      }
      String field = prefix ? "replacePrefixMatch" : "replaceFullPath";
      String other = prefix ? "replaceFullPath" : "replacePrefixMatch";
      if (path.has(other)) {
        path.wrong(other, path.any(other), "absent beside type " + path.any("type"));
      }
      String value = path.requiredString(field, "a path");
      if (value == null) {
        return null;
      }
      if (prefix) {
        Paths.checkReplacement(path, field, value);
      } else {
        Paths.check(path, field, value);
      }
      if (prefix && !prefixIsKnown) {
        path.wrong(
            "type",
            "ReplacePrefixMatch",
            "in a rule with exactly one match, whose path is a PathPrefix: else what is replaced?");
      }
      return new PathChange(prefix, value);
    }
  }
}
