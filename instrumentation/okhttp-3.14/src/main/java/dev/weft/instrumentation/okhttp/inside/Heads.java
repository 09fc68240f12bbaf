package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.HeadChange;
import dev.weft.bridge.Refusal;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/** Heads as the mesh wants them, in the library's own objects. Stateless. */
final class Heads {
  private Heads() {}

  static Request changed(Request request, HeadChange change) {
    Request.Builder changed = request.newBuilder().headers(changed(request.headers(), change));
    if (change.authority() != null) {
      changed.header("Host", change.authority());
    }
    if (change.target() != null) {
      changed.url(at(request.url(), change.target()));
    }
    return changed.build();
  }

  /** Host and port stay: the library looks whether the connection is for them. */
  private static HttpUrl at(HttpUrl url, String target) {
    int mark = target.indexOf('?');
    return url.newBuilder()
        .encodedPath(mark < 0 ? target : target.substring(0, mark))
        .encodedQuery(mark < 0 ? null : target.substring(mark + 1))
        .build();
  }

  static Response changed(Response response, HeadChange change) {
    return response.newBuilder().headers(changed(response.headers(), change)).build();
  }

  /** Fields removed, then set, then added. */
  private static Headers changed(Headers headers, HeadChange change) {
    Headers.Builder changed = headers.newBuilder();
    for (String name : change.remove()) {
      changed.removeAll(name);
    }
    String[] set = change.set();
    for (int i = 0; i < set.length; i += 2) {
      changed.set(set[i], set[i + 1]);
    }
    String[] add = change.add();
    for (int i = 0; i < add.length; i += 2) {
      changed.add(add[i], add[i + 1]);
    }
    return changed.build();
  }

  /** What the mesh answers in an endpoint's place. */
  static Response refused(Request request, Refusal refusal) {
    Headers.Builder headers = new Headers.Builder();
    @Nullable String type = null;
    String[] fields = refusal.headers();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
      if (fields[i].equalsIgnoreCase("Content-Type")) {
        type = fields[i + 1];
      }
    }
    byte[] body = request.method().equals("HEAD") ? new byte[0] : refusal.body();
    long now = System.currentTimeMillis();
    return new Response.Builder()
        .request(request)
        .protocol(Protocol.HTTP_1_1)
        .code(refusal.status())
        .message(refusal.reason())
        .headers(headers.build())
        .body(ResponseBody.create(type == null ? null : MediaType.parse(type), body))
        .sentRequestAtMillis(now)
        .receivedResponseAtMillis(now)
        .build();
  }
}
