package dev.weft.bridge;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A response that the mesh gives in the place of an endpoint or of the application: a status, a
 * {@code Proxy-Status} header (RFC 9209) and a problem+json body (RFC 9457); or a redirect that a
 * route asks for. Immutable.
 */
public final class Refusal {
  private final int status;
  private final String[] headers;
  private final byte[] body;

  /**
   * @param status HTTP status, 200 to 599
   * @param proxyStatus value of the {@code Proxy-Status} field
   * @param body problem+json, as UTF-8
   * @param retryAfter value of {@code Retry-After}; null for none
   */
  public Refusal(int status, String proxyStatus, byte[] body, @Nullable String retryAfter) {
    this(
        status,
        retryAfter == null
            ? new String[] {"Content-Type", "application/problem+json", "Proxy-Status", proxyStatus}
            : new String[] {
              "Content-Type",
              "application/problem+json",
              "Proxy-Status",
              proxyStatus,
              "Retry-After",
              retryAfter
            },
        body);
  }

  /**
   * The same with further header fields.
   *
   * @param more name, value, name, value
   */
  public Refusal with(String... more) {
    String[] all = Arrays.copyOf(headers, headers.length + more.length);
    System.arraycopy(more, 0, all, headers.length, more.length);
    return new Refusal(status, all, body);
  }

  private Refusal(int status, String[] headers, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.body = body.clone();
  }

  /**
   * A redirect, by a route's filter.
   *
   * @param location value of {@code Location}
   */
  public static Refusal redirect(int status, String location) {
    return new Refusal(status, new String[] {"Location", location}, new byte[0]);
  }

  public int status() {
    return status;
  }

  /** The status in words, as in HTTP/1.1. */
  public String reason() {
    return reason(status);
  }

  /** The body's bytes; a copy. */
  public byte[] body() {
    return body.clone();
  }

  /** Header fields as name, value, name, value; no Content-Length and no Connection. */
  public String[] headers() {
    return headers.clone();
  }

  /** Status and reason on one line, for where there can be no response but an error. */
  public String summary() {
    for (int i = 0; i < headers.length; i += 2) {
      if (headers[i].equals("Proxy-Status")) {
        return status + " " + headers[i + 1];
      }
    }
    return String.valueOf(status);
  }

  /** The whole as an HTTP/1.1 response that closes its connection. */
  public byte[] asHttp11() {
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    head.append("Content-Length: ").append(body.length).append("\r\nConnection: close\r\n\r\n");
    byte[] start = head.toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[start.length + body.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }

  private static String reason(int status) {
    switch (status) {
      case 301:
        return "Moved Permanently";
      case 302:
        return "Found";
      case 303:
        return "See Other";
      case 307:
        return "Temporary Redirect";
      case 308:
        return "Permanent Redirect";
      case 400:
        return "Bad Request";
      case 403:
        return "Forbidden";
      case 404:
        return "Not Found";
      case 429:
        return "Too Many Requests";
      case 500:
        return "Internal Server Error";
      case 502:
        return "Bad Gateway";
      case 503:
        return "Service Unavailable";
      case 504:
        return "Gateway Timeout";
      case 508:
        return "Loop Detected";
      default:
        return "Refused";
    }
  }

  @Override
  public String toString() {
    return status + " " + String.join(" ", headers);
  }
}
