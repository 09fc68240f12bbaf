package dev.weft.bridge;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An exchange of which nobody keeps account. Immutable. */
final class FixedExchange implements Exchange {
  static final Exchange UNGUARDED = new FixedExchange(null);

  static final Exchange UNDECIDED =
      new FixedExchange(
          new Refusal(
              403,
              "weft; error=http_request_denied; details=\"rule=agent-error\"",
              ("{\"type\":\"https://weft.dev/problems/http-request-denied\","
                      + "\"title\":\"http_request_denied\",\"status\":403,\"detail\":"
                      + "\"an error in the mesh kept it from deciding about the request; the log of"
                      + " this service says which\",\"rule\":\"agent-error\"}")
                  .getBytes(StandardCharsets.UTF_8),
              null));

  private final @Nullable Refusal refusal;

  FixedExchange(@Nullable Refusal refusal) {
    this.refusal = refusal;
  }

  @Override
  public @Nullable Refusal refusal() {
    return refusal;
  }

  @Override
  public @Nullable String clientCertificate() {
    return null;
  }

  @Override
  public @Nullable Object enter() {
    return null;
  }

  @Override
  public void leave(@Nullable Object entered) {}

  @Override
  public void end(int status) {}
}
