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

  /**
   * What is stored here is looked for here first: no class of ours has the name of one of the
   * platform's, and asking that for a thousand classes that it does not have takes its time.
   */
  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith("java.")) {
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        if (known != null) {
          return known;
        }
        JarEntry entry = classFile(name);
        if (entry != null) {
          return define(name, entry);
        }
      }
    }
    return super.loadClass(name, resolve);
  }

  private @Nullable JarEntry classFile(String name) {
    String file = name.replace('.', '/') + ".classdata";
    JarEntry entry = jar.getJarEntry(ROOT + file);
    return entry == null && withBridge ? jar.getJarEntry(BOOT + file) : entry;
  }

  private Class<?> define(String name, JarEntry entry) throws ClassNotFoundException {
    try (InputStream in = jar.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(Math.toIntExact(entry.getSize()));
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  /** Class files too, under their usual names: the weaver reads advice and helpers this way. */
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
