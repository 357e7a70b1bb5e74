package org.skep.cli.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The packages of each module form no circle. (That modules don't, Maven sees to.)
final class ArchitectureTest {
  @Test
  void packagesOfAModuleHaveNoCycles() {
    JavaClasses product =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.skep");
    Set<String> modules = modules(product);
    assertThat(modules).contains("cli", "client", "fuse", "linux", "metadata", "runtime", "wire");
    for (String module : modules) {
      assertThat(cyclesIn(module, product).getFailureReport().getDetails()).isEmpty();
    }
  }

  @Test
  void theRuleRefusesACycle() {
    JavaClasses sample = new ClassFileImporter().importPackages("org.skep.cli.architecture.cycle");
    assertThat(cyclesIn("cli.architecture.cycle", sample).hasViolation()).isTrue();
  }

  private static EvaluationResult cyclesIn(String module, JavaClasses classes) {
    return slices()
        .matching("org.skep." + module + ".(**)")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .evaluate(classes);
  }

  private static Set<String> modules(JavaClasses classes) {
    Set<String> modules = new TreeSet<>();
    classes.forEach(type -> modules.add(type.getPackageName().split("\\.", 4)[2]));
    return modules;
  }
}
