package dev.weft.coordinator.admin;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.weft.coordinator.Unavailable;
import dev.weft.policy.Problem;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes requests from the server library: is it for us, is it allowed, which route, what came of
 * it.
 */
final class AdminService implements HttpService {
  static final String TOO_LARGE =
      "body: more than 1 MiB (expected: at most " + AdminServer.MAX_BODY + " bytes)";

  /** Longest body of a request without a token: none of them needs any. */
  private static final int MAX_OPEN_BODY = 1 << 10;

  private static final Logger log = LoggerFactory.getLogger(AdminService.class);

  private final Router router;
  private final Metrics metrics;
  private final AdminToken token;
  private final Hosts hosts;

  AdminService(Router router, Metrics metrics, AdminToken token, Hosts hosts) {
    this.router = router;
    this.metrics = metrics;
    this.token = token;
    this.hosts = hosts;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    RequestHeaders headers = request.headers();
    String method = headers.method().name();
    Router.Route route = router.find(method, headers.path());
    count(ctx, method, route == null ? Metrics.NO_ROUTE : route.template());
    try {
      // In this order: to a stranger nothing is told, not even which paths there are.
      checkHost(headers);
      if (route == null || !route.open()) {
        checkToken(headers);
      } else {
        // Nor does a stranger get memory for what he sends.
        ctx.setMaxRequestLength(MAX_OPEN_BODY);
      }
      // Also for what is refused by its path: an answer before the end of the body is followed by
      // RST_STREAM on HTTP/2, and there are clients that then forget the answer.
      return HttpResponse.of(
          request
              .aggregate()
              .thenApplyAsync(
                  whole -> http(handle(headers, whole.content().array()), method.equals("HEAD")),
                  ctx.blockingTaskExecutor()));
    } catch (ProblemException e) {
      return http(e.reply(), method.equals("HEAD"));
    }
  }

  private void checkHost(RequestHeaders headers) throws ProblemException {
    String authority = headers.authority();
    if (!hosts.allows(authority)) {
      throw ProblemException.of(
          ProblemException.Kind.MISDIRECTED,
          authority == null
              ? Problem.missing("Host", "one of " + hosts)
              : Problem.wrong("Host", authority, "one of " + hosts));
    }
  }

  private void checkToken(RequestHeaders headers) throws ProblemException {
    if (!token.matches(headers.get("authorization"))) {
      throw new ProblemException(
          ProblemException.Kind.UNAUTHORIZED,
          "Authorization: "
              + (headers.contains("authorization") ? "not the admin token" : "missing")
              + " (expected: Bearer and the token in the file "
              + AdminToken.FILE
              + " of the coordinator's weft.home)",
          Map.of("www-authenticate", "Bearer realm=\"weft\""));
    }
  }

  private Reply handle(RequestHeaders headers, byte[] body) {
    try {
      Router.Match match = router.match(headers.method().name(), headers.path());
      return match
          .route()
          .handler()
          .handle(new Request(match.path(), match.query(), headers::get, body));
    } catch (Throwable e) {
      return problem(e).reply();
    }
  }

  /** What to tell of an error; what was no fault of the client's is logged. */
  static ProblemException problem(Throwable e) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    if (cause instanceof ProblemException problem) {
      return problem;
    }
    if (cause instanceof ContentTooLargeException) {
      return new ProblemException(ProblemException.Kind.TOO_LARGE, TOO_LARGE);
    }
    if (cause instanceof Unavailable) {
      return new ProblemException(
          ProblemException.Kind.UNAVAILABLE,
          String.valueOf(cause.getMessage()),
          Map.of("retry-after", "5"));
    }
    if (cause instanceof RequestTimeoutException) {
      return new ProblemException(
          ProblemException.Kind.UNAVAILABLE, "the request took too long, and was given up");
    }
    if (cause instanceof HttpStatusException status) {
      if (status.httpStatus().code() == 413) {
        return new ProblemException(ProblemException.Kind.TOO_LARGE, TOO_LARGE);
      }
      return ProblemException.ofStatus(
          status.httpStatus().code(), status.httpStatus().reasonPhrase());
    }
    String id = UUID.randomUUID().toString();
    log.error("an admin request failed ({})", id, cause);
    return new ProblemException(
        ProblemException.Kind.INTERNAL, "the coordinator's log tells more, at " + id);
  }

  private void count(ServiceRequestContext ctx, String method, String route) {
    ctx.log()
        .whenComplete()
        .thenAccept(
            done ->
                metrics.count(
                    method, route, done.responseStatus().code(), done.totalDurationNanos()));
  }

  static HttpResponse http(Reply reply, boolean withoutBody) {
    ResponseHeaders headers = headers(reply);
    return withoutBody
        ? HttpResponse.of(headers)
        : HttpResponse.of(headers, HttpData.wrap(reply.body()));
  }

  static ResponseHeaders headers(Reply reply) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.valueOf(reply.status()))
            .add("content-type", reply.type())
            .add("cache-control", "no-store")
            .add("x-content-type-options", "nosniff");
    reply.headers().forEach((name, value) -> headers.add(name, value));
    return headers.build();
  }
}
