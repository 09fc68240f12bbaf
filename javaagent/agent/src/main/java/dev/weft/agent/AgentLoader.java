package dev.weft.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * The isolated loader. Its classes are stored in the agent's jar under {@code weft/isolated/} with
 * the ending {@code .classdata}, where no other loader finds them; its parent is the platform's
 * loader, so that nothing of the application's class path is ever seen, and nothing of ours by it.
 */
final class AgentLoader extends ClassLoader {
  private static final String ROOT = "weft/isolated/";
  private static final String BOOT = "weft/boot/";

  static {
    registerAsParallelCapable();
  }

  private final JarFile jar;
  private final boolean withBridge;

  /**
   * @param withBridge whether the bridge is found here too; in an application's process it is on
   *     the bootstrap loader
   */
  AgentLoader(JarFile jar, boolean withBridge) {
    super("weft", ClassLoader.getPlatformClassLoader());
    this.jar = jar;
    this.withBridge = withBridge;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    String file = name.replace('.', '/') + ".classdata";
    JarEntry entry = jar.getJarEntry(ROOT + file);
    if (entry == null && withBridge) {
      entry = jar.getJarEntry(BOOT + file);
    }
    if (entry == null) {
      throw new ClassNotFoundException(name);
    }
    try (InputStream in = jar.getInputStream(entry)) {
      byte[] bytes = in.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  /** Class files too, under their usual names: Byte Buddy reads advice and helpers this way. */
  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    JarEntry entry = jar.getJarEntry(stored(name));
    try {
      return entry == null ? super.getResourceAsStream(name) : jar.getInputStream(entry);
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  protected @Nullable URL findResource(String name) {
    if (jar.getJarEntry(stored(name)) == null) {
      return null;
    }
    try {
      return URI.create("jar:" + new File(jar.getName()).toURI() + "!/" + stored(name)).toURL();
    } catch (MalformedURLException e) {
      return null;
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL url = findResource(name);
    return Collections.enumeration(url == null ? List.of() : List.of(url));
  }

  private static String stored(String name) {
    return ROOT + (name.endsWith(".class") ? name + "data" : name);
  }
}
