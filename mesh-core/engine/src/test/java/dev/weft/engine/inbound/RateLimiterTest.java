package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Peer SHOP = new Peer("weft.internal", "default", "shop");
  private static final Peer WEB = new Peer("weft.internal", "default", "web");

  /** Begins below zero, as the JDK's clock may. */
  private long now = -5 * SECOND;

  @Test
  void aRuleForAll() {
    RateLimiter limiter = limiter("- limit: {requests: 3, unit: Second}");
    for (int i = 0; i < 3; i++) {
      assertThat(acquire(limiter, TestHead.get("/"))).isNull();
    }
    Limited limited = acquire(limiter, TestHead.get("/"));
    assertThat(limited)
        .isEqualTo(
            new Limited("BackendTrafficPolicy default/p rateLimit.local.rules[0]", 3, 1, 1, 1));
    now += SECOND / 3 + 1;
    assertThat(acquire(limiter, TestHead.get("/"))).isNull();
    assertThat(acquire(limiter, TestHead.get("/"))).isNotNull();
    now += 3600 * SECOND;
    for (int i = 0; i < 3; i++) {
      assertThat(acquire(limiter, TestHead.get("/"))).isNull();
    }
    assertThat(acquire(limiter, TestHead.get("/"))).isNotNull();
  }

  @Test
  void whatTheCallerIsTold() {
    RateLimiter limiter = limiter("- limit: {requests: 2, unit: Minute}");
    acquire(limiter, TestHead.get("/"));
    acquire(limiter, TestHead.get("/"));
    now += 10 * SECOND;
    Limited limited = acquire(limiter, TestHead.get("/"));
    assertThat(limited.headers())
        .containsExactly(
            "X-RateLimit-Limit", "2, 2;w=60",
            "X-RateLimit-Remaining", "0",
            "X-RateLimit-Reset", "50");
    assertThat(limited.refuse().status()).isEqualTo(429);
    assertThat(limited.refuse().retryAfterSeconds()).isEqualTo(20);
    assertThat(limited.refuse().details())
        .isEqualTo("more than 2 requests in PT1M; the next is let in after 20 s");
  }

  @Test
  void nobody() {
    RateLimiter limiter = limiter("- limit: {requests: 0, unit: Hour}");
    assertThat(acquire(limiter, TestHead.get("/")).retryAfter()).isEqualTo(3600);
    now += 7200 * SECOND;
    assertThat(acquire(limiter, TestHead.get("/"))).isNotNull();
  }

  @Test
  void theStrictestOfTheRulesThatMatch_andNothingIsCountedForWhatIsRefused() {
    RateLimiter limiter =
        limiter(
            """
            - clientSelectors: [{path: {value: /a}}]
              limit: {requests: 4, unit: Second}
            - clientSelectors: [{methods: [{value: POST}]}]
              limit: {requests: 1, unit: Second}
            - limit: {requests: 1, unit: Second}
            """);
    TestHead both = new TestHead("POST", "/a/b");
    assertThat(acquire(limiter, both)).isNull();
    for (int i = 0; i < 10; i++) {
      assertThat(acquire(limiter, both).rule()).endsWith("rules[1]");
    }
    for (int i = 0; i < 3; i++) {
      assertThat(acquire(limiter, TestHead.get("/a"))).isNull();
    }
    assertThat(acquire(limiter, TestHead.get("/a")).rule()).endsWith("rules[0]");
    // The rule without selectors has counted none of these.
    assertThat(acquire(limiter, TestHead.get("/ab"))).isNull();
    assertThat(acquire(limiter, TestHead.get("/ab")).rule()).endsWith("rules[2]");
  }

  @Test
  void aStricterRuleThatRefusesLater_givesBack() {
    RateLimiter limiter =
        limiter(
            """
            - clientSelectors: [{path: {value: /a}}]
              limit: {requests: 2, unit: Second}
            - clientSelectors: [{methods: [{value: POST}]}]
              limit: {requests: 120, unit: Minute}
            """);
    // Equally strict by rate; the first has the smaller burst and is used up by GETs alone.
    assertThat(acquire(limiter, TestHead.get("/a"))).isNull();
    assertThat(acquire(limiter, TestHead.get("/a"))).isNull();
    for (int i = 0; i < 500; i++) {
      assertThat(acquire(limiter, new TestHead("POST", "/a"))).isNotNull();
    }
    for (int i = 0; i < 120; i++) {
      assertThat(acquire(limiter, new TestHead("POST", "/b"))).isNull();
    }
  }

  @Test
  void eachValueOfAHeader_andEachCaller_forItself() {
    RateLimiter limiter =
        limiter(
            """
            - clientSelectors:
              - headers: [{name: x-user, type: Distinct}]
              - identity: {type: Distinct}
              limit: {requests: 1, unit: Second}
            """);
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "a"), SHOP)).isNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "b"), SHOP)).isNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "a"), WEB)).isNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "a"), null)).isNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "a"), null)).isNotNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "a"), SHOP)).isNotNull();
    // As with Envoy, a request without the header is not counted.
    assertThat(acquire(limiter, TestHead.get("/"), SHOP)).isNull();
    assertThat(acquire(limiter, TestHead.get("/"), SHOP)).isNull();
  }

  @Test
  void selectors() {
    assertMatches("headers: [{name: x, value: a}]", TestHead.get("/").header("x", "a"), true);
    assertMatches("headers: [{name: x, value: a}]", TestHead.get("/").header("x", "b"), false);
    assertMatches("headers: [{name: x, value: a}]", TestHead.get("/"), false);
    String inverted = "headers: [{name: x, value: a, invert: true}]";
    assertMatches(inverted, TestHead.get("/").header("x", "a"), false);
    assertMatches(inverted, TestHead.get("/"), true);
    String regex = "headers: [{name: x, type: RegularExpression, value: 'a+'}]";
    assertMatches(regex, TestHead.get("/").header("x", "aa"), true);
    assertMatches(regex, TestHead.get("/").header("x", "aab"), false);
    assertMatches("methods: [{value: GET, invert: true}]", TestHead.get("/"), false);
    assertMatches("methods: [{value: GET, invert: true}]", new TestHead("PUT", "/"), true);
    assertMatches("path: {type: Exact, value: /a%20b}", TestHead.get("/a%20b"), true);
    assertMatches("path: {type: Exact, value: /a}", TestHead.get("/%61"), true);
    assertMatches("path: {type: Exact, value: /a}", TestHead.get("/a/b"), false);
    assertMatches("path: {value: /a/b}", TestHead.get("/a%2Fb"), true);
    assertMatches("path: {value: /a/}", TestHead.get("/a"), true);
    assertMatches("path: {value: /}", TestHead.get("/x"), true);
    assertMatches("path: {type: RegularExpression, value: '/[0-9]+'}", TestHead.get("/12"), true);
    assertMatches("path: {value: /a, invert: true}", TestHead.get("/a/b"), false);
    assertMatches("path: {value: /a}", TestHead.get("/x/../a"), true);
    assertMatches("sourceCIDR: {value: 10.0.0.0/8}", TestHead.get("/").from(10, 0, 0, 1), true);
    assertMatches("sourceCIDR: {value: 10.0.0.0/8}", TestHead.get("/").from(11, 0, 0, 1), false);
    assertMatches("sourceCIDR: {value: 10.0.0.0/8}", TestHead.get("/"), false);
    assertMatches("identity: {value: '*/sa/shop'}", TestHead.get("/"), true);
    assertMatches("identity: {value: '*/sa/shop', invert: true}", TestHead.get("/"), false);
  }

  @Test
  void keysAreBounded_andNewOnesShareWhatIsLeft() {
    RateLimiter limiter =
        limiter(
            """
            - clientSelectors: [{headers: [{name: x-user, type: Distinct}]}]
              limit: {requests: 1, unit: Hour}
            """);
    for (int i = 0; i < Buckets.MAX_KEYS; i++) {
      assertThat(acquire(limiter, TestHead.get("/").header("x-user", "u" + i))).isNull();
    }
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "new 1"))).isNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "new 2"))).isNotNull();
    // Nobody has been forgotten on that account.
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "u0"))).isNotNull();
    now += 3600 * SECOND;
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "new 2"))).isNull();
    assertThat(acquire(limiter, TestHead.get("/").header("x-user", "new 3"))).isNull();
  }

  @Test
  void longKeysAreCut() {
    Buckets buckets = new Buckets(new TokenBucket(1, SECOND, 0), 0);
    String prefix = "x".repeat(10_000);
    TokenBucket first = buckets.get(prefix + "a", 0, () -> new TokenBucket(1, SECOND, 0));
    TokenBucket second = buckets.get(prefix + "b", 0, () -> new TokenBucket(1, SECOND, 0));
    assertThat(first).isNotSameAs(second);
    assertThat(buckets.size()).isEqualTo(2);
  }

  @Test
  void exactUnderManyThreads() throws Exception {
    RateLimiter limiter = limiter("- limit: {requests: 1000, unit: Hour}");
    AtomicInteger in = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    for (int t = 0; t < 8; t++) {
      threads.submit(
          () -> {
            go.await();
            for (int i = 0; i < 500; i++) {
              if (acquire(limiter, TestHead.get("/")) == null) {
                in.incrementAndGet();
              }
            }
            return null;
          });
    }
    go.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    assertThat(in).hasValue(1000);
  }

  private void assertMatches(String client, TestHead head, boolean matches) {
    RateLimiter limiter =
        limiter("- clientSelectors: [{" + client + "}]\n  limit: {requests: 0, unit: Second}");
    assertThat(acquire(limiter, head, SHOP) != null).as(client).isEqualTo(matches);
  }

  private static RateLimiter limiter(String rules) {
    return new RateLimiter(TestPolicy.rateLimit(rules), "BackendTrafficPolicy default/p");
  }

  private @Nullable Limited acquire(RateLimiter limiter, TestHead head) {
    return acquire(limiter, head, null);
  }

  private @Nullable Limited acquire(RateLimiter limiter, TestHead head, @Nullable Peer peer) {
    return limiter.acquire(head.by(peer), now);
  }
}
