package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.yaml.Yaml;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.policy.Resource;
import dev.weft.policy.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of docs/policy.md are what they say. */
class PolicyPageTest {
  private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  private static String page() throws Exception {
    return Files.readString(Path.of("..", "docs", "policy.md"));
  }

  private static List<Resource> examples() throws Exception {
    List<Resource> resources = new ArrayList<>();
    Matcher examples = EXAMPLE.matcher(page());
    while (examples.find()) {
      for (Object tree : Yaml.read(examples.group(1))) {
        @SuppressWarnings("unchecked")
        Map<String, Object> map = (Map<String, Object>) tree;
        resources.add(Kinds.parse(map, Resource.DEFAULT_NAMESPACE));
      }
    }
    return resources;
  }

  @Test
  void everyKindHasAnExampleThatIsValid_andTogetherTheyMakeSense() throws Exception {
    List<Resource> examples = examples();
    Set<Kind> kinds = new HashSet<>();
    examples.forEach(example -> kinds.add(example.kind()));
    assertThat(kinds).containsExactlyInAnyOrderElementsOf(Kinds.all());
    Surroundings together =
        new Surroundings(examples, (app, labels) -> app.toString().equals("default/orders"));
    for (Resource example : examples) {
      assertThat(Kinds.warnings(example, together)).as(example.id()).isEmpty();
    }
  }

  @Test
  void everyKindIsInTheTable() throws Exception {
    String page = page();
    for (Kind kind : Kinds.all()) {
      String shortName =
          kind.shortNames().isEmpty() ? "" : "`" + String.join("`, `", kind.shortNames()) + "` ";
      assertThat(page)
          .contains("## " + kind.name() + "\n")
          .contains(
              "| [%s](#%s) | %s| `%s`"
                  .formatted(
                      kind.name(),
                      kind.name().toLowerCase(Locale.ROOT),
                      shortName,
                      kind.apiVersions().get(0)));
    }
  }
}
