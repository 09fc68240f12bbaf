package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes heads and chunks. What it is given has been read by this package, or made by us. */
public final class HeadWriter {
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = {'0', '\r', '\n'};

  private HeadWriter() {}

  /** A request, in HTTP/1.1. */
  public static ByteBuf request(
      ByteBufAllocator buffers, String method, String target, Fields fields) {
    return head(buffers, method + ' ' + target + " HTTP/1.1", fields);
  }

  /** A response, in HTTP/1.1. */
  public static ByteBuf response(
      ByteBufAllocator buffers, int status, @Nullable String reason, Fields fields) {
    return head(
        buffers, "HTTP/1.1 " + status + ' ' + (reason == null ? reason(status) : reason), fields);
  }

  private static ByteBuf head(ByteBufAllocator buffers, String start, Fields fields) {
    ByteBuf out = buffers.buffer(512);
    ascii(out, start);
    out.writeBytes(CRLF);
    fields(out, fields);
    return out.writeBytes(CRLF);
  }

  /** The line before the data of a chunk. */
  public static ByteBuf chunkStart(ByteBufAllocator buffers, int size) {
    ByteBuf out = buffers.buffer(16);
    ascii(out, Integer.toHexString(size));
    return out.writeBytes(CRLF);
  }

  /** What comes after the data of a chunk. */
  public static ByteBuf chunkEnd(ByteBufAllocator buffers) {
    return buffers.buffer(2).writeBytes(CRLF);
  }

  /** The end of a chunked body. */
  public static ByteBuf lastChunk(ByteBufAllocator buffers, Fields trailers) {
    ByteBuf out = buffers.buffer(trailers.isEmpty() ? 8 : 256);
    out.writeBytes(LAST_CHUNK);
    fields(out, trailers);
    return out.writeBytes(CRLF);
  }

  private static void fields(ByteBuf out, Fields fields) {
    for (int i = 0; i < fields.size(); i++) {
      ascii(out, fields.name(i));
      out.writeByte(':').writeByte(' ');
      ascii(out, fields.value(i));
      out.writeBytes(CRLF);
    }
  }

  private static void ascii(ByteBuf out, String text) {
    out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
  }

  /** The usual words for a status. */
  public static String reason(int status) {
    switch (status) {
      case 100:
        return "Continue";
      case 200:
        return "OK";
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
      case 408:
        return "Request Timeout";
      case 414:
        return "URI Too Long";
      case 429:
        return "Too Many Requests";
      case 431:
        return "Request Header Fields Too Large";
      case 500:
        return "Internal Server Error";
      case 502:
        return "Bad Gateway";
      case 503:
        return "Service Unavailable";
      case 504:
        return "Gateway Timeout";
      case 505:
        return "HTTP Version Not Supported";
      case 508:
        return "Loop Detected";
      default:
        return status < 400 ? "OK" : "Refused";
    }
  }
}
