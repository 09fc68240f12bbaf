package programs;

import java.util.List;
import java.util.Map;

/** What the servers answer: their name, and the request as they saw it, a line for each thing. */
final class Echo {
  private Echo() {}

  static String of(
      String name, String requestLine, int attempt, Map<String, List<String>> headers) {
    StringBuilder text = new StringBuilder("name=").append(name).append('\n');
    text.append("request=").append(requestLine).append('\n');
    text.append("attempt=").append(attempt).append('\n');
    headers.forEach(
        (key, values) ->
            values.forEach(value -> text.append(key).append('=').append(value).append('\n')));
    return text.toString();
  }

  /** Says the request on stdout, but for those under load. */
  static void say(String requestLine) {
    if (!requestLine.contains(" /load")) {
      System.out.println("request " + requestLine);
    }
  }
}
