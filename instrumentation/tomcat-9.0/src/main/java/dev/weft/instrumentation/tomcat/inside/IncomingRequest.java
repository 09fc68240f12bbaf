package dev.weft.instrumentation.tomcat.inside;

import dev.weft.bridge.Incoming;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.coyote.Request;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.http.MimeHeaders;
import org.jspecify.annotations.Nullable;

/** The head of a request as Tomcat has read it, before it decodes or maps anything. */
final class IncomingRequest implements Incoming {
  private final Request request;

  IncomingRequest(Request request) {
    this.request = request;
  }

  @Override
  public String method() {
    String method = text(request.method());
    return method == null ? "" : method;
  }

  /** Of the absolute form Tomcat has left the path; another host than in Host it has refused. */
  @Override
  public String target() {
    String target = text(request.requestURI());
    return target == null ? "" : target;
  }

  @Override
  public @Nullable String query() {
    return text(request.queryString());
  }

  @Override
  public @Nullable String authority() {
    if (!MeshAdapter.http2(request) || request.serverName().isNull()) {
      return null;
    }
    int port = request.getServerPort();
    return port < 0 ? text(request.serverName()) : text(request.serverName()) + ":" + port;
  }

  @Override
  public List<String> header(String name) {
    MimeHeaders headers = request.getMimeHeaders();
    List<String> values = null;
    for (int i = 0; i < headers.size(); i++) {
      if (headers.getName(i).equalsIgnoreCase(name)) {
        String value = text(headers.getValue(i));
        values = values == null ? new ArrayList<>(2) : values;
        values.add(value == null ? "" : octets(value));
      }
    }
    return values == null ? Collections.emptyList() : values;
  }

  /** Of HTTP/2 Tomcat makes octets over 127 characters far above: here they are what they are. */
  private static String octets(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) > 0xff) {
        char[] all = value.toCharArray();
        for (int j = i; j < all.length; j++) {
          all[j] &= 0xff;
        }
        return new String(all);
      }
    }
    return value;
  }

  @Override
  public @Nullable InetAddress source() {
    RequestNote note = RequestNote.find(request);
    String address = note == null ? null : note.address();
    try {
      // An address as text: nobody is asked for it.
      return address == null || address.isEmpty() ? null : InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** What it says; its own toString() changes it on 10.1.0, and then Tomcat does not decode it. */
  static @Nullable String text(MessageBytes value) {
    return value.getType() == MessageBytes.T_BYTES
        ? value.getByteChunk().toString()
        : value.toString();
  }
}
