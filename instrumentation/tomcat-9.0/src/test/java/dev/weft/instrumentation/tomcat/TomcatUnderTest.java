package dev.weft.instrumentation.tomcat;

import dev.weft.testkit.Weaver;
import dev.weft.testkit.server.ServerUnderTest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * An unmodified application on a real Tomcat of some version, in a class loader that sees nothing
 * of ours but the bridge. The application's one source is compiled against each version.
 */
final class TomcatUnderTest implements ServerUnderTest {
  static final String NEWEST_9 = "9.0.111";

  /**
   * Serves HTTP/2, with or without us, only with some of it off (see docs/server-kit.md), and never
   * ends an async request whose time is over.
   */
  static final String WEAK_HTTP_2 = "9.0.30";

  /** Mixes up its own pooled requests of HTTP/2, with or without us (see docs/server-kit.md). */
  static final String MIXES_UP_HTTP_2 = "11.0.0";

  /** The lowest and the newest version of each line; fewer with {@code -Dtomcats=…,…}. */
  static final List<String> VERSIONS =
      List.of(
          System.getProperty("tomcats", "9.0.30,9.0.111,10.1.0,10.1.48,11.0.0,11.0.14").split(","));

  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");
  private static final Map<String, Class<?>> APPS = new ConcurrentHashMap<>();

  private final Object app;
  private final Path base;
  private final int port;

  private TomcatUnderTest(Object app, Path base, int port) {
    this.app = app;
    this.base = base;
    this.port = port;
  }

  /** Starts it on a random port; options as the application knows them. */
  static TomcatUnderTest start(String version, Map<String, Object> options) throws Exception {
    TOMCAT_LOG.setLevel(Level.SEVERE);
    Weaver.install(new TomcatModule());
    Class<?> type = APPS.computeIfAbsent(version, TomcatUnderTest::compile);
    Path base = Files.createTempDirectory("weft-tomcat");
    Map<String, Object> all = new HashMap<>(options);
    all.put("base", base.toString());
    if (version.equals(WEAK_HTTP_2)) {
      all.put("http2.overheadDataThreshold", "0");
      all.put("http2.overheadWindowUpdateThreshold", "0");
      all.put("connector.useAsyncIO", "false");
    }
    if (version.equals(MIXES_UP_HTTP_2)) {
      all.put("http2.discardRequestsAndResponses", "true");
    }
    Object app = type.getConstructor(Map.class).newInstance(all);
    return new TomcatUnderTest(app, base, (Integer) ((Callable<?>) app).call());
  }

  @Override
  public int port() {
    return port;
  }

  /** Where its files are. */
  Path base() {
    return base;
  }

  /** Tomcat's own object for the port. */
  Object endpoint() throws ReflectiveOperationException {
    return app.getClass().getMethod("endpoint").invoke(app);
  }

  /** Calls a method of the application that takes nothing. */
  void tell(String method) throws ReflectiveOperationException {
    app.getClass().getMethod(method).invoke(app);
  }

  @Override
  public void open(String gate) throws ReflectiveOperationException {
    app.getClass().getMethod("open", String.class).invoke(app, gate);
  }

  @Override
  public void close() throws IOException {
    ((Closeable) app).close();
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The loader of a version of Tomcat, with the application in it. */
  static ClassLoader loader(String version) {
    return APPS.computeIfAbsent(version, TomcatUnderTest::compile).getClassLoader();
  }

  private static Class<?> compile(String version) {
    boolean nine = version.startsWith("9.");
    Path jars = Path.of("target", "tomcats");
    Path core = jars.resolve("tomcat-embed-core-" + version + ".jar");
    Path annotations =
        jars.resolve("tomcat-annotations-api-" + (nine ? NEWEST_9 : "10.1.48") + ".jar");
    try (InputStream in = TomcatUnderTest.class.getResourceAsStream("/app/App.java.txt")) {
      String source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Path folder = Path.of("target", "apps", version);
      Path file = folder.resolve("app").resolve("App.java");
      Files.createDirectories(file.getParent());
      Files.writeString(
          file, source.replace("SERVLET", nine ? "javax.servlet" : "jakarta.servlet"));
      JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
      int failed =
          compiler.run(
              null,
              null,
              null,
              "-nowarn",
              "-proc:none",
              "-Xlint:none",
              "-XDignore.symbol.file",
              "-cp",
              core.toString(),
              "-d",
              folder.toString(),
              file.toString());
      if (failed != 0) {
        throw new IllegalStateException("the application does not compile on Tomcat " + version);
      }
      URL[] urls = {url(folder), url(core), url(annotations)};
      ClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
      Class<?> type = Class.forName("app.App", true, loader);
      type.getMethod("quiet").invoke(null);
      return type;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the application does not load on Tomcat " + version, e);
    }
  }

  private static URL url(Path path) throws MalformedURLException {
    return path.toUri().toURL();
  }
}
