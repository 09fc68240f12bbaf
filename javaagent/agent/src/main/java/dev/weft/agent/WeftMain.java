package dev.weft.agent;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.util.jar.JarFile;

/**
 * {@code java -jar weft.jar proxy …}: starts the proxy, which is stored like the agent's own
 * classes, in a loader of the same kind.
 */
public final class WeftMain {
  private WeftMain() {}

  public static void main(String[] args) throws Exception {
    File file =
        new File(WeftMain.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    AgentLoader loader = new AgentLoader(new JarFile(file, false), true);
    Thread.currentThread().setContextClassLoader(loader);
    Object code;
    try {
      code =
          loader
              .loadClass("dev.weft.proxy.Main")
              .getMethod("run", String[].class)
              .invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      System.err.println("weft: unexpected: " + e.getCause());
      System.exit(1);
      return;
    }
    System.exit((Integer) code);
  }
}
