package dev.weft.tooling.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelocateTest {
  /** Names a class, a type by its name, and two words of which one is to be another. */
  public static final class Original implements Supplier<String> {
    @Override
    public String get() {
      return Original.class.getName() + " weaves org.library.Type as library, and org.librarian";
    }

    public static String word() {
      return "library";
    }

    public static String type() {
      return "org.library.Type";
    }
  }

  @Test
  void classesAndTheirStringsHaveOtherNames(@TempDir Path folder) throws Exception {
    relocate(folder, "RelocateTest.Original");
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      Class<?> type = loader.loadClass("dev.weft.tooling.copy.RelocateTest$Original");
      assertThat(type.getMethod("word").invoke(null)).isEqualTo("copied library");
      assertThat(type.getMethod("type").invoke(null)).isEqualTo("their.org.library.Type");
      assertThat(((Supplier<?>) type.getConstructor().newInstance()).get())
          .asString()
          .startsWith("dev.weft.tooling.copy.RelocateTest$Original ")
          .endsWith("org.library.Type as library, and org.librarian");
    }
  }

  @Test
  void nothingToCopyIsAnError(@TempDir Path folder) {
    assertThatThrownBy(() -> relocate(folder, "Nobody"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Nobody");
  }

  private static void relocate(Path to, String which) throws Exception {
    Path classes =
        Path.of(RelocateTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Relocate.main(
        new String[] {
          classes.toString(),
          to.toString(),
          which,
          "dev.weft.tooling.build.=dev.weft.tooling.copy.",
          "org.library.=their.org.library.",
          "library=copied library"
        });
  }
}
