package dev.weft.instrumentation.httpurlconnection;

import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;

/** Bodies that do not fit into the heap. */
public final class BigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new HttpUrlConnectionModule();
  }

  @Override
  public long post(String url, long size) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(size);
    try (OutputStream out = connection.getOutputStream()) {
      BigTransfer.zeros(size).transferTo(out);
    }
    try (InputStream answer = connection.getInputStream()) {
      return BigTransfer.count(answer);
    }
  }
}
