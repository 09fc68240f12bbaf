package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs that nobody here wrote, as they come from their makers. The whole namespace is STRICT:
 * an answer by name is an answer over mesh TLS.
 */
class ForeignProgramsTest {
  private static final String CONFIG_SERVER =
      "org.springframework.cloud.config.server.ConfigServerApplication";

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
    Admin.Reply reply =
        mesh.admin()
            .apply(
                """
                apiVersion: security.istio.io/v1
                kind: PeerAuthentication
                metadata: {name: everybody, namespace: default}
                spec: {mtls: {mode: STRICT}}
                """);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
  }

  /** Tomcat's distribution with its examples, called by BaseX, which uses java.net.http. */
  @ParameterizedTest
  @EnumSource(Jdk.class)
  void tomcatsDistribution(Jdk jdk) throws Exception {
    String service = "examples-" + feature(jdk);
    Path home = Built.other("tomcat");
    Child tomcat =
        mesh.member(jdk, service)
            .option("-Dcatalina.home=" + home)
            .option("-Dcatalina.base=" + catalinaBase(home, service))
            .main(
                home.resolve("bin/bootstrap.jar") + ":" + home.resolve("bin/tomcat-juli.jar"),
                "org.apache.catalina.startup.Bootstrap",
                "start");
    mesh.awaitReady(service, 1);
    String url = "http://" + service + "/examples/servlets/servlet/";
    Child basex =
        query(
            jdk,
            "fetch:text('" + url + "RequestInfoExample/a%20b?c=d')",
            "fetch:text('http://" + service + "/examples/jsp/dates/date.jsp')",
            "http:send-request(<http:request method='post' override-media-type='text/plain' href='"
                + url
                + "RequestParamExample'><http:body media-type='application/x-www-form-urlencoded'>"
                + "firstname=Ada</http:body></http:request>)[2]");
    assertThat(basex.out())
        .contains("/examples/servlets/servlet/RequestInfoExample")
        .containsPattern("Day Of Year: is +[0-9]")
        .containsPattern("First Name:\\s+= Ada");
    quiet(tomcat);
  }

  /** The JMX exporter as a second agent, before ours or behind it; the JDK's server. */
  @ParameterizedTest
  @CsvSource({"JDK_17, true", "JDK_17, false", "JDK_25, true", "JDK_25, false"})
  void theJmxExporterBesideOurs(Jdk jdk, boolean oursFirst) throws Exception {
    String service = "metrics-" + feature(jdk) + (oursFirst ? "-first" : "-second");
    int port = Ports.free();
    Path config = write(service + ".yml", "rules:\n- pattern: '.*'\n");
    String other =
        "-javaagent:" + Built.other("jmx-agent.jar") + "=127.0.0.1:" + port + ":" + config;
    Launch launch =
        oursFirst
            ? mesh.member(jdk, service).option(other)
            : mesh.member(jdk, service).optionFirst(other);
    Child child =
        launch
            .with("WEFT_PORT", String.valueOf(port))
            .main(Built.programs(), "programs.JdkServer", "it", "0");
    mesh.awaitReady(service, 1);
    String metric = "java_lang_Memory_HeapMemoryUsage_used ";
    Child basex = query(jdk, "fetch:text('http://" + service + "/metrics')");
    if (oursFirst) {
      assertThat(basex.out()).contains(metric);
    } else {
      // The exporter's server was there before us, and is left alone; the application's is ours.
      assertThat(basex.out()).contains("name=it").doesNotContain(metric);
      assertThat(RawHttp.plaintext(port, "GET /metrics HTTP/1.1", "Host: x")).contains(metric);
    }
    assertThat(child.err()).isEmpty();
  }

  /** The JMX exporter by itself. It asks its own JVM, so that there is something to tell. */
  @ParameterizedTest
  @EnumSource(Jdk.class)
  void theJmxExporterByItself(Jdk jdk) throws Exception {
    String service = "exporter-" + feature(jdk);
    int jmx = Ports.free();
    Path config = write(service + ".yml", "hostPort: 127.0.0.1:" + jmx + "\n");
    Child exporter =
        mesh.member(jdk, service)
            .option("-Dcom.sun.management.jmxremote.port=" + jmx)
            .option("-Dcom.sun.management.jmxremote.host=127.0.0.1")
            .option("-Dcom.sun.management.jmxremote.authenticate=false")
            .option("-Dcom.sun.management.jmxremote.ssl=false")
            .option("-Djava.rmi.server.hostname=127.0.0.1")
            .jar(Built.other("jmx-exporter.jar"), "127.0.0.1:" + Ports.free(), config.toString());
    mesh.awaitReady(service, 1);
    Child basex = query(jdk, "fetch:text('http://" + service + "/metrics')");
    assertThat(basex.out()).contains("java_lang_Memory_HeapMemoryUsage_used ");
    assertThat(exporter.err()).isEmpty();
  }

  /**
   * Spring Cloud Config's server, which is Spring Boot with Tomcat; a second one fetches its own
   * configuration from the first by name while it starts, with HttpURLConnection.
   */
  @ParameterizedTest
  @EnumSource(Jdk.class)
  void springBootFromSpringBoot(Jdk jdk) throws Exception {
    String service = "config-" + feature(jdk);
    write("config-files/second.yml", "info.greeting: from afar\n");
    Child first = configServer(jdk, service);
    mesh.awaitReady(service, 1);
    String second = "second-" + feature(jdk);
    Child asking =
        configServer(
            jdk,
            second,
            "--spring.application.name=second",
            "--spring.cloud.config.enabled=true",
            "--spring.config.import=configserver:http://" + service);
    mesh.awaitReady(second, 1);
    assertThat(asking.out())
        .contains("Fetching config from server at : http://" + service)
        .contains("Located environment: name=second");
    // What it got from the first it hands on, among what it serves itself.
    Child basex = query(jdk, "fetch:text('http://" + second + "/second/default')");
    assertThat(basex.out()).contains("\"info.greeting\":\"from afar\"");
    for (Child child : List.of(first, asking)) {
      assertThat(child.err()).isEmpty();
    }
  }

  private static Child configServer(Jdk jdk, String service, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.profiles.active=native",
                "--spring.cloud.config.server.native.search-locations=file:"
                    + SANDBOX.folder().resolve("config-files")));
    arguments.addAll(List.of(more));
    return mesh.member(jdk, service)
        .main(Built.other("config-server") + "/*", CONFIG_SERVER, arguments.toArray(new String[0]));
  }

  /** Runs XQuery, and waits for its end. */
  private static Child query(Jdk jdk, String... expressions) {
    Child basex =
        mesh.member(jdk, "shop", "basex")
            .option("-Dorg.basex.path=" + SANDBOX.folder())
            .main(
                Built.other("basex.jar").toString(),
                "org.basex.BaseX",
                "(" + String.join(",", expressions) + ")");
    assertThat(basex.exit()).as(basex.told()).isZero();
    quiet(basex);
    return basex;
  }

  /** The program may say what it likes on stderr; the agent may not. */
  private static void quiet(Child child) {
    assertThat(child.errLines()).noneMatch(line -> line.startsWith("[weft]"));
  }

  /** Its configuration as it comes, but for ports that are free. */
  private static Path catalinaBase(Path home, String name) throws IOException {
    Path base = SANDBOX.folder().resolve(name);
    Files.createDirectories(base.resolve("conf"));
    Files.createDirectories(base.resolve("temp"));
    try (Stream<Path> files = Files.list(home.resolve("conf"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        Files.copy(file, base.resolve("conf").resolve(file.getFileName()));
      }
    }
    Path server = base.resolve("conf/server.xml");
    String xml = Files.readString(server);
    String changed =
        xml.replace("<Server port=\"8005\"", "<Server port=\"-1\"")
            .replace("<Connector port=\"8080\"", "<Connector port=\"0\" address=\"127.0.0.1\"")
            .replace("appBase=\"webapps\"", "appBase=\"" + home.resolve("webapps") + "\"");
    assertThat(changed).contains("port=\"-1\"").contains("port=\"0\"").contains(home.toString());
    Files.writeString(server, changed);
    return base;
  }

  private static Path write(String name, String text) throws IOException {
    Path file = SANDBOX.folder().resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static String feature(Jdk jdk) {
    return jdk.name().substring("JDK_".length());
  }
}
