package dev.weft.testkit.server;

import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import java.io.Closeable;

/**
 * A running server with an application that knows of no mesh, and answers:
 *
 * <ul>
 *   <li>{@code /facts}: lines {@code scheme=}, {@code secure=}, {@code url=} (as the application
 *       would build it), {@code protocol=}, {@code certificate=} (the client's, or {@code null})
 *       and {@code header:name=value} for each header field; with a Content-Length
 *   <li>{@code /upload}: the number of bytes of the body and their CRC-32, with a blank between
 *   <li>{@code /echo}: the body, while it reads it, in chunks
 *   <li>{@code /download?bytes=N}: bytes that count from 0, with a Content-Length; streamed
 *   <li>{@code /later?gate=G}: {@code done later}, written by another thread after {@code open(G)}
 *       when the one that took the request has long returned
 *   <li>{@code /empty}: 204. {@code /unchanged}: 304. {@code /throw}: throws
 *   <li>{@code /redirect}: the library's own redirect to {@code /facts}
 *   <li>{@code /cookie}: a cookie, made as the library makes its own for sessions if it does
 *   <li>{@code /trailers}: the request's trailers as {@code name=value} lines, and a trailer {@code
 *       x-after: all}
 *   <li>{@code /upgrade}: 101 to {@code echo}, and then every byte back
 *   <li>{@code /ignore}: {@code ignored}, at once, whatever the method; the body is left unread
 *   <li>{@code /ask?in=request|thread|pool}: what the {@code Callable} answers that is the system
 *       property object {@code weft.kit.ask}: asked by the thread of the request, by a new one, or
 *       by one that a new pool makes
 *   <li>{@code /seen}: what it has been asked for since {@code /seen} was, a line each, as {@code
 *       GET /facts}: the path as it reads it itself, line feeds in it as blanks
 *   <li>everything else: 404
 * </ul>
 */
public interface ServerUnderTest extends Closeable {
  int port();

  /** Lets through what waits at this gate, now or later. */
  void open(String gate) throws Exception;

  /** The mesh's listener on the port. */
  default TestListener listener() {
    return TestMesh.get().listener(port());
  }
}
