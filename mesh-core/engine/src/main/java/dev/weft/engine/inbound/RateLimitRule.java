package dev.weft.engine.inbound;

import com.google.re2j.Pattern;
import dev.weft.policy.HttpRoute.PathMatch;
import dev.weft.policy.RateLimit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One rule of a rate limit, compiled, with its buckets. */
final class RateLimitRule {
  /** What one selector asks of a request. */
  private interface Test {
    boolean holds(InboundRequest request);
  }

  /** What a request is counted by, beside the rule itself. */
  private interface Key {
    /** Null if the request does not have it, and so is not counted. */
    @Nullable String of(InboundRequest request);
  }

  private static final String NOBODY = "";

  private final String name;
  private final int requests;
  private final long windowNanos;
  private final Test[] tests;
  private final Key[] keys;
  private volatile @Nullable Buckets buckets;
  private volatile @Nullable TokenBucket single;

  RateLimitRule(RateLimit.Rule rule, String name) {
    this.name = name;
    this.requests = rule.requests();
    this.windowNanos = rule.unit().duration().toNanos();
    List<Test> all = new ArrayList<>();
    List<Key> by = new ArrayList<>();
    for (RateLimit.Client client : rule.clients()) {
      client.headers().forEach(header -> header(header, all, by));
      methods(client.methods(), all);
      if (client.path() != null) {
        all.add(path(client.path()));
      }
      source(client.source(), all, by);
      identity(client.identity(), all, by);
    }
    this.tests = all.toArray(new Test[0]);
    this.keys = by.toArray(new Key[0]);
  }

  double perSecond() {
    return requests * 1e9 / windowNanos;
  }

  /** The bucket that a request is counted in; null if the rule does not match. */
  @Nullable TokenBucket bucket(InboundRequest request, long nowNanos) {
    for (Test test : tests) {
      if (!test.holds(request)) {
        return null;
      }
    }
    if (keys.length == 0) {
      return single(nowNanos);
    }
    String key = keys[0].of(request);
    for (int i = 1; i < keys.length && key != null; i++) {
      String more = keys[i].of(request);
      key = more == null ? null : key.length() + ":" + key + more;
    }
    return key == null ? null : buckets(nowNanos).get(key, nowNanos, () -> fresh(nowNanos));
  }

  Limited limited(TokenBucket bucket, long waitNanos, long nowNanos) {
    return new Limited(
        name,
        requests,
        windowNanos / 1_000_000_000,
        seconds(waitNanos),
        seconds(bucket.untilFull(nowNanos)));
  }

  private static long seconds(long nanos) {
    return Math.max(1, (nanos + 999_999_999) / 1_000_000_000);
  }

  private TokenBucket single(long nowNanos) {
    TokenBucket known = single;
    return known != null ? known : makeSingle(nowNanos);
  }

  private synchronized TokenBucket makeSingle(long nowNanos) {
    TokenBucket known = single;
    if (known == null) {
      known = fresh(nowNanos);
      single = known;
    }
    return known;
  }

  private Buckets buckets(long nowNanos) {
    Buckets known = buckets;
    return known != null ? known : makeBuckets(nowNanos);
  }

  private synchronized Buckets makeBuckets(long nowNanos) {
    Buckets known = buckets;
    if (known == null) {
      known = new Buckets(fresh(nowNanos), nowNanos);
      buckets = known;
    }
    return known;
  }

  private TokenBucket fresh(long nowNanos) {
    return new TokenBucket(requests, windowNanos, nowNanos);
  }

  private static void header(RateLimit.Header header, List<Test> tests, List<Key> keys) {
    String name = header.name();
    switch (header.type()) {
      case DISTINCT -> keys.add(request -> joined(request.header(name)));
      case EXACT ->
          tests.add(
              request -> header.value().equals(joined(request.header(name))) != header.invert());
      case REGEX -> {
        Pattern pattern = Pattern.compile(header.value());
        tests.add(
            request -> {
              String value = joined(request.header(name));
              return (value != null && pattern.matches(value)) != header.invert();
            });
      }
    }
  }

  /** Fields that come several times count as one, joined by commas (RFC 9110). */
  private static @Nullable String joined(List<String> values) {
    return switch (values.size()) {
      case 0 -> null;
      case 1 -> values.get(0);
      default -> String.join(",", values);
    };
  }

  private static void methods(List<RateLimit.Method> methods, List<Test> tests) {
    if (!methods.isEmpty()) {
      tests.add(
          request -> {
            for (RateLimit.Method method : methods) {
              // In any case, as applications that make it upper case are asked the same.
              if (method.value().equalsIgnoreCase(request.method()) != method.invert()) {
                return true;
              }
            }
            return false;
          });
    }
  }

  /** A path that has no normal form is counted everywhere: nobody slips by who writes it badly. */
  private static Test path(RateLimit.Path path) {
    Test matches = matches(path.match());
    return request -> request.path() == null || matches.holds(request) != path.invert();
  }

  private static Test matches(PathMatch match) {
    String value =
        match.type() == PathMatch.Type.REGEX
            ? match.value()
            : PathNormalizer.pattern(match.value());
    return switch (match.type()) {
      case EXACT -> request -> value.equals(request.path()) || value.equals(request.otherPath());
      case PREFIX -> {
        String prefix = value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
        yield request -> isBelow(request.path(), prefix) || isBelow(request.otherPath(), prefix);
      }
      case REGEX -> {
        Pattern pattern = Pattern.compile(value);
        yield request -> matches(pattern, request.path()) || matches(pattern, request.otherPath());
      }
    };
  }

  private static boolean matches(Pattern pattern, @Nullable String path) {
    return path != null && pattern.matches(path);
  }

  private static boolean isBelow(@Nullable String path, String prefix) {
    return path != null
        && path.startsWith(prefix)
        && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
  }

  private static void source(RateLimit.@Nullable Source source, List<Test> tests, List<Key> keys) {
    if (source == null) {
      return;
    }
    tests.add(
        request -> {
          byte[] address = request.source();
          return address != null && source.range().contains(address);
        });
    if (source.distinct()) {
      keys.add(request -> Arrays.toString(request.source()));
    }
  }

  private static void identity(
      RateLimit.@Nullable Identity identity, List<Test> tests, List<Key> keys) {
    if (identity == null) {
      return;
    }
    String value = identity.value();
    if (value == null) {
      // Without an identity all are one: to have none must not be a way around.
      keys.add(
          request -> {
            Peer peer = request.peer();
            return peer == null ? NOBODY : peer.principal();
          });
    } else {
      Principals principals = new Principals(List.of(value));
      tests.add(request -> principals.match(request.peer()) != identity.invert());
    }
  }
}
