package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.client.Scenes;
import org.apache.http.HttpResponse;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.impl.nio.client.CloseableHttpAsyncClient;
import org.apache.http.impl.nio.client.HttpAsyncClients;
import org.apache.http.util.EntityUtils;

/** Calls with HttpAsyncClient; loaded beside the library. */
public final class AsyncApplication implements Scenes {
  /** Made by reflection. */
  public AsyncApplication() {}

  @Override
  public Object play(String scene, String url) {
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      HttpResponse response = client.execute(new HttpGet(url), null).get();
      return response.getStatusLine().getStatusCode()
          + " "
          + EntityUtils.toString(response.getEntity());
    } catch (Exception e) {
      return e;
    }
  }
}
