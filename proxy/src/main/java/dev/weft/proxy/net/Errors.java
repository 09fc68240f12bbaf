package dev.weft.proxy.net;

import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Errors as the mesh knows them. */
final class Errors {
  private Errors() {}

  /** What is behind the wrapping of Netty's decoders: the TLS error itself. */
  static Throwable unwrap(Throwable error) {
    Throwable cause = error.getCause();
    return error instanceof DecoderException && cause != null ? cause : error;
  }

  static Throwable cause(Future<?> failed) {
    Throwable cause = failed.cause();
    return cause == null ? new IOException("cancelled") : unwrap(cause);
  }

  /** Short and for people; never empty. */
  static String text(@Nullable Throwable error) {
    if (error == null) {
      return "unknown";
    }
    String message = error.getMessage();
    return error.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
