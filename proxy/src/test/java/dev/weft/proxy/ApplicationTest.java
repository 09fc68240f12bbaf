package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApplicationTest {
  @Test
  void environment_leadsThroughTheProxy_andKeepsTheRest() {
    Map<String, String> environment = new HashMap<>();
    environment.put("NO_PROXY", "db.example, localhost");
    environment.put("no_proxy", "cache");
    environment.put("HTTPS_PROXY", "http://outside:3128");
    environment.put("WEFT_CHILD_JAVA_TOOL_OPTIONS", "-javaagent:other.jar");
    Application.prepare(environment, "127.0.0.1:15001");
    assertThat(environment)
        .isEqualTo(
            Map.of(
                "HTTP_PROXY", "http://127.0.0.1:15001",
                "http_proxy", "http://127.0.0.1:15001",
                "NO_PROXY", "db.example,localhost,cache,127.0.0.1,::1",
                "no_proxy", "db.example,localhost,cache,127.0.0.1,::1",
                "HTTPS_PROXY", "http://outside:3128",
                "JAVA_TOOL_OPTIONS", "-javaagent:other.jar"));
  }

  @Test
  void withoutTheMesh_nothingIsSet() {
    Map<String, String> environment = new HashMap<>(Map.of("NO_PROXY", "a"));
    Application.prepare(environment, "");
    assertThat(environment).isEqualTo(Map.of("NO_PROXY", "a"));
  }

  @Test
  void exitCodes_areHandedOn() throws IOException, InterruptedException {
    assertThat(Application.start(List.of("sh", "-c", "exit 7"), "").await()).isEqualTo(7);
  }

  @Test
  void signals_reachIt() throws IOException, InterruptedException {
    // HUP and INT may be ignored by what started these tests, nohup say, and so by their children.
    for (Map.Entry<String, Integer> signal : Map.of("TERM", 15, "ALRM", 14).entrySet()) {
      Application application = Application.start(List.of("sleep", "60"), "");
      application.signal(signal.getKey());
      assertThat(application.await()).isEqualTo(128 + signal.getValue());
    }
  }
}
