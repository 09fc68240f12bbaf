package dev.weft.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Puts the bridge on the bootstrap loader of the JVM that runs the tests. JUnit calls this before
 * it looks for tests: once any class that mentions the bridge has been loaded, it would be too
 * late.
 */
public final class BridgeOnBoot implements LauncherSessionListener {
  private static final String PACKAGE = "dev/weft/bridge/";

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    install();
  }

  /** For a JVM without JUnit: to be called before any class that mentions the bridge is loaded. */
  public static void install() {
    try {
      ByteBuddyAgent.install().appendToBootstrapClassLoaderSearch(new JarFile(bridgeJar()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot put the bridge on the bootstrap loader", e);
    }
  }

  /** The bridge as a jar: as it is in a packaged build, made from its classes in a compiled one. */
  private static File bridgeJar() throws IOException {
    URL bridge = BridgeOnBoot.class.getClassLoader().getResource(PACKAGE + "Bridge.class");
    if (bridge == null) {
      throw new IOException("weft-bridge is not on the class path");
    }
    if (bridge.openConnection() instanceof JarURLConnection jar) {
      return new File(uri(jar.getJarFileURL()));
    }
    Path classes = Path.of(uri(bridge)).getParent();
    Path jar = Files.createTempFile("weft-bridge", ".jar");
    jar.toFile().deleteOnExit();
    List<Path> files;
    try (Stream<Path> listing = Files.list(classes)) {
      files = listing.filter(file -> file.toString().endsWith(".class")).toList();
    }
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      for (Path file : files) {
        entries.putNextEntry(new ZipEntry(PACKAGE + file.getFileName()));
        try (InputStream in = Files.newInputStream(file)) {
          in.transferTo(entries);
        }
        entries.closeEntry();
      }
    }
    return jar.toFile();
  }

  private static URI uri(URL url) throws IOException {
    try {
      return url.toURI();
    } catch (URISyntaxException e) {
      throw new IOException("not a file: " + url, e);
    }
  }
}
