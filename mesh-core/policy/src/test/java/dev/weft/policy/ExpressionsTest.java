package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v[0-9]+/.*",
        "a{1000}",
        "(?i)(foo|bar){3,5}",
        "[]a]{20}",
        "[[:alpha:]]{500}",
        "a{",
        "\\Qa{9\\E",
        "x{,5}"
      })
  void good(String expression) {
    assertThat(Expressions.problem(expression)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[a", "(?=a)", "\\1", "a**", "a{1001}", "(?<x>a)("})
  void notOfTheSyntax(String expression) {
    assertThat(Expressions.problem(expression)).startsWith("a regular expression in the syntax");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((a{100}){100}){100}",
        "(((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9})",
        "(?:[[:word:]]{1000}){20,1000}",
        "(\\p{L}{500}b{500}){11}"
      })
  void tooLarge(String expression) {
    assertThat(Expressions.problem(expression)).startsWith("a smaller expression");
  }
}
