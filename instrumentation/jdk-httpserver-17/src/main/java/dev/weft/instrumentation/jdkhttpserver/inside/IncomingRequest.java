package dev.weft.instrumentation.jdkhttpserver.inside;

import dev.weft.bridge.Incoming;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The head of a request: its line as it was sent, then its headers as the server has read them. */
final class IncomingRequest implements Incoming {
  private final SocketChannel channel;
  private final String method;
  private final String target;
  private final @Nullable String query;
  private Map<String, ?> headers = Collections.emptyMap();

  private IncomingRequest(
      SocketChannel channel, String method, String target, @Nullable String query) {
    this.channel = channel;
    this.method = method;
    this.target = target;
    this.query = query;
  }

  /**
   * @return null if the server will complain about the line, and not read on
   */
  static @Nullable IncomingRequest of(SocketChannel channel, String line) {
    int space = line.indexOf(' ');
    int end = space < 0 ? -1 : line.indexOf(' ', space + 1);
    if (end < 0) {
      return null;
    }
    String target = line.substring(space + 1, end);
    try {
      new URI(target);
    } catch (URISyntaxException e) {
      return null;
    }
    int question = target.indexOf('?');
    return new IncomingRequest(
        channel,
        line.substring(0, space),
        question < 0 ? target : target.substring(0, question),
        question < 0 ? null : target.substring(question + 1));
  }

  /** What is asked about in the place of a line that cannot be read. */
  static IncomingRequest unreadable(SocketChannel channel) {
    return new IncomingRequest(channel, "", "", null);
  }

  void headers(Map<String, ?> read) {
    headers = read;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public @Nullable String query() {
    return query;
  }

  @Override
  public @Nullable String authority() {
    return null;
  }

  /** The server's map takes names in any letter case. */
  @Override
  @SuppressWarnings("unchecked")
  public List<String> header(String name) {
    List<String> values = (List<String>) headers.get(name);
    return values == null ? Collections.emptyList() : values;
  }

  @Override
  public @Nullable InetAddress source() {
    try {
      SocketAddress remote = channel.getRemoteAddress();
      return remote instanceof InetSocketAddress ? ((InetSocketAddress) remote).getAddress() : null;
    } catch (IOException e) {
      return null; // closed meanwhile
    }
  }
}
