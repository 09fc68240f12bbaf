package dev.weft.host;

import dev.weft.bridge.Failure;
import dev.weft.engine.call.FailureKind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** What an exception of a library says about the attempt that it ended. */
final class Failures {
  /** Causes of causes are looked at no deeper: there may be circles. */
  private static final int MAX_DEPTH = 10;

  /**
   * Alerts about who we are, or how we speak. With TLS 1.3 they arrive at the first read, when the
   * client takes the handshake for done; the server's application has seen nothing.
   */
  private static final Set<String> HANDSHAKE_ALERTS =
      Set.of(
          "access_denied",
          "bad_certificate",
          "certificate_expired",
          "certificate_required",
          "certificate_revoked",
          "certificate_unknown",
          "decrypt_error",
          "handshake_failure",
          "insufficient_security",
          "missing_extension",
          "no_application_protocol",
          "protocol_version",
          "unknown_ca",
          "unrecognized_name",
          "unsupported_certificate");

  private Failures() {}

  /**
   * @param known what the adapter knows; null: what the JDK's classes say
   */
  static Failure of(Throwable error, @Nullable Failure known) {
    if (known != null && known != Failure.UNSENT) {
      return known;
    }
    Failure found = Failure.OTHER;
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; cause = cause.getCause(), depth++) {
      Failure one = one(cause);
      if (kind(one) == FailureKind.UNREACHED) {
        return one; // whatever is wrapped around it
      }
      if (found == Failure.OTHER) {
        found = one;
      }
    }
    return known != null ? known : found;
  }

  /** What it is to the engine. */
  static FailureKind kind(Failure failure) {
    return switch (failure) {
      case CONNECTION_REFUSED, CONNECTION_TIMEOUT, TLS_ERROR -> FailureKind.UNREACHED;
      case UNSENT -> FailureKind.UNSENT;
      case CONNECTION_TERMINATED -> FailureKind.BROKEN;
      case READ_TIMEOUT -> FailureKind.TOO_SLOW;
      case OTHER -> FailureKind.OTHER;
    };
  }

  private static Failure one(Throwable error) {
    if (error instanceof ConnectException || error instanceof NoRouteToHostException) {
      return Failure.CONNECTION_REFUSED;
    }
    if (error instanceof CertificateException
        || error instanceof SSLHandshakeException
        || error instanceof SSLPeerUnverifiedException) {
      return Failure.TLS_ERROR;
    }
    if (error instanceof SSLException) {
      return isHandshakeAlert(error.getMessage())
          ? Failure.TLS_ERROR
          : Failure.CONNECTION_TERMINATED;
    }
    // By name: the class is in java.net.http, which need not be there.
    String name = error.getClass().getName();
    if (name.equals("java.net.http.HttpConnectTimeoutException")) {
      return Failure.CONNECTION_TIMEOUT;
    }
    if (name.equals("java.net.http.HttpTimeoutException")) {
      return Failure.READ_TIMEOUT;
    }
    if (error instanceof SocketTimeoutException) {
      String message = error.getMessage();
      return message != null && message.toLowerCase(Locale.ROOT).contains("connect")
          ? Failure.CONNECTION_TIMEOUT
          : Failure.READ_TIMEOUT;
    }
    if (error instanceof InterruptedIOException) {
      return Failure.OTHER;
    }
    if (error instanceof SocketException
        || error instanceof EOFException
        || error instanceof ClosedChannelException
        || error.getClass() == IOException.class) {
      return Failure.CONNECTION_TERMINATED;
    }
    return Failure.OTHER;
  }

  private static boolean isHandshakeAlert(@Nullable String message) {
    if (message == null || !message.contains("alert")) {
      return false;
    }
    for (String alert : HANDSHAKE_ALERTS) {
      if (message.contains(alert)) {
        return true;
      }
    }
    return false;
  }
}
