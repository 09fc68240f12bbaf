package dev.weft.perf;

import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.call.Attempt;
import dev.weft.engine.call.Cause;
import dev.weft.engine.call.Next;
import dev.weft.engine.call.OutboundCall;
import dev.weft.engine.route.Expressions;
import dev.weft.engine.route.Policies;
import dev.weft.engine.route.RequestHead;
import dev.weft.engine.route.Routing;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One pass of the engine, as an adapter drives it: routes, lets in, picks, records. 100 routes of a
 * Service with 1,000 endpoints.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class EngineBenchmark {
  private static final int ROUTES = 100;

  private final Surroundings surroundings = BenchService.surroundings();
  private final RequestHead[] heads = new RequestHead[ROUTES];
  private int turn;

  @SuppressWarnings("NullAway.Init") // by the framework, before anything else
  private Routing routing;

  /** Makes routes and endpoints. Called by JMH. */
  @Setup(Level.Trial)
  public void setUp() {
    Service service = BenchService.make(surroundings);
    List<HttpRoute> routes = new ArrayList<>();
    for (int i = 0; i < ROUTES; i++) {
      routes.add(route(i));
      heads[i] = new Head("/shop/" + i + "/items/7");
    }
    routing =
        Routing.compile(
            BenchService.NAME,
            Routing.DEFAULT_PORT,
            BenchService.NAME.namespace(),
            new Policies(routes),
            app -> service,
            new Expressions());
  }

  /** 95 % to one version and 5 % to another, which are the same instances here. */
  private static HttpRoute route(int number) {
    HttpRoute.PathMatch path =
        new HttpRoute.PathMatch(HttpRoute.PathMatch.Type.PREFIX, "/shop/" + number);
    return new HttpRoute(
        new Metadata("default", "route-" + number, Map.of(), Map.of(), null),
        List.of(new HttpRoute.Parent(BenchService.NAME, null)),
        List.of(
            new HttpRoute.Rule(
                "items",
                List.of(new HttpRoute.Match(path, List.of(), List.of(), null)),
                List.of(),
                List.of(
                    new HttpRoute.Backend(BenchService.NAME, 80, 95, List.of()),
                    new HttpRoute.Backend(BenchService.NAME, 80, 5, List.of())),
                null,
                null)));
  }

  /** A call that is answered well at once. */
  @Benchmark
  public Next pass() {
    RequestHead head = heads[turn];
    turn = turn + 1 == ROUTES ? 0 : turn + 1;
    Attempt attempt = OutboundCall.begin(routing, head, surroundings, Cause.NONE).attempt(true);
    return attempt.responded(200, 0);
  }

  private record Head(String path) implements RequestHead {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String scheme() {
      return "http";
    }

    @Override
    public String host() {
      return "orders";
    }

    @Override
    public int port() {
      return -1;
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public List<String> header(String name) {
      return List.of();
    }

    @Override
    public boolean replayable() {
      return true;
    }
  }
}
