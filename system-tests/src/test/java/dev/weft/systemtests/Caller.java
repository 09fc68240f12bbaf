package dev.weft.systemtests;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program {@code programs.Caller}, told what to call. */
final class Caller {
  /** Which library it calls with. */
  enum Library {
    HTTP_CLIENT("jdk"),
    HTTP_URL_CONNECTION("url");

    /** As the program has it. */
    final String argument;

    Library(String argument) {
      this.argument = argument;
    }
  }

  /**
   * What became of many calls.
   *
   * @param text everything it said: the servers' names with their counts, and the first failure
   */
  record Tally(int ok, int failed, String text) {
    private static final Pattern PATTERN = Pattern.compile("ok=(\\d+) failed=(\\d+) .*");

    static Tally parse(String text) {
      Matcher matcher = PATTERN.matcher(text);
      if (!matcher.matches()) {
        throw new AssertionError("no tally: " + text);
      }
      return new Tally(
          Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), text);
    }

    /** How many answers came from the server of that name. */
    int from(String name) {
      Matcher matcher = Pattern.compile("name=" + Pattern.quote(name) + "=(\\d+)").matcher(text);
      return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }
  }

  private final Child child;
  private int asked;

  private Caller(Child child) {
    this.child = child;
  }

  static Caller start(Launch launch, Library library) {
    Child child = launch.main(Built.programs(), "programs.Caller", library.argument);
    child.awaitOut("ready");
    return new Caller(child);
  }

  Child child() {
    return child;
  }

  /**
   * One call: {@code STATUS BODY} with {@code |} for line ends, or {@code failed CLASS: MESSAGE}.
   */
  String get(String url) {
    return ask("get " + url);
  }

  /** POSTs so many bytes: {@code STATUS same} if they came back. */
  String echo(int bytes, String url) {
    return ask("echo " + bytes + " " + url);
  }

  /** An answer. Lines of the body, and fields of the head in lower case, are {@code NAME=VALUE}. */
  record Answer(String status, List<String> fields, List<String> body) {
    static Answer parse(String text) {
      List<String> lines = List.of(text.split("\\|"));
      return new Answer(
          lines.get(0),
          lines.stream().filter(line -> line.startsWith(">")).map(l -> l.substring(1)).toList(),
          lines.stream().skip(1).filter(line -> !line.startsWith(">")).toList());
    }

    /**
     * The values of what the server saw: {@code name}, {@code request}, {@code attempt}, fields.
     */
    List<String> saw(String name) {
      String start = name.toLowerCase(Locale.ROOT) + "=";
      return body.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
          .map(line -> line.substring(start.length()))
          .toList();
    }

    /** The values of a field of the answer. */
    List<String> field(String name) {
      String start = name + ": ";
      return fields.stream()
          .filter(line -> line.startsWith(start))
          .map(line -> line.substring(start.length()))
          .toList();
    }
  }

  /** One call; fields are {@code NAME=VALUE}. */
  Answer send(String method, String url, String... fields) {
    String said = fields.length == 0 ? "" : " " + String.join(" ", fields);
    return Answer.parse(ask("send " + method + " " + url + said));
  }

  /** So many calls a second, of all methods, whatever the answers take. */
  void rate(int perSecond, String url) {
    ask("rate " + perSecond + " " + url);
  }

  /** So many calls, one after the other, from one thread. */
  Tally many(int count, String url) {
    return Tally.parse(ask("many " + count + " " + url));
  }

  /** Calls on and on from so many threads; fields are {@code NAME=VALUE}. */
  void start(int threads, String url, String... fields) {
    String said = fields.length == 0 ? "" : " " + String.join(" ", fields);
    ask("start " + threads + " " + url + said);
  }

  /** What they have come to since the last time. */
  Tally tally() {
    return Tally.parse(ask("tally"));
  }

  Tally stop() {
    return Tally.parse(ask("stop"));
  }

  /** How often each status was answered to {@link #many} and {@link #start}; 0 for exceptions. */
  Map<String, Long> statuses() {
    Map<String, Long> counts = new TreeMap<>();
    for (String each : ask("statuses").split(" ")) {
      if (!each.isEmpty()) {
        counts.put(each.split("=")[0], Long.valueOf(each.split("=")[1]));
      }
    }
    return counts;
  }

  private String ask(String line) {
    child.say(line);
    asked++;
    int number = asked;
    String[] answer = new String[1];
    Await.until(
        "an answer to " + line,
        () -> {
          var answers = child.outLines().stream().filter(l -> l.startsWith("answer ")).toList();
          if (answers.size() < number && !child.alive()) {
            throw new Await.Hopeless("the caller has ended");
          }
          boolean there = answers.size() >= number && child.out().endsWith("\n");
          if (there) {
            answer[0] = answers.get(number - 1).substring("answer ".length());
          }
          return there;
        });
    return answer[0];
  }
}
