package dev.weft.tooling;

import java.util.Map;

/** Has some classes of its own, woven, and all others from the tests' loader. */
final class WovenLoader extends ClassLoader {
  private final Map<String, byte[]> own;

  WovenLoader(Map<String, byte[]> own) {
    super(WovenLoader.class.getClassLoader());
    this.own = own;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      byte[] bytes = own.get(name);
      if (loaded != null || bytes == null) {
        return loaded != null ? loaded : super.loadClass(name, resolve);
      }
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
