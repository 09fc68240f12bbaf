package programs;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Twenty lines: gets each of its arguments, then waits for the end of its input. */
public final class HelloClient {
  private HelloClient() {}

  public static void main(String[] args) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    for (String url : args) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(url)).build(),
              HttpResponse.BodyHandlers.ofString());
      System.out.println(response.statusCode() + " " + response.uri() + " -> " + response.body());
    }
    System.out.println("done");
    System.in.read();
  }
}
