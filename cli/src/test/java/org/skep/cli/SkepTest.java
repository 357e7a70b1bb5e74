package org.skep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;

final class SkepTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpIsShownOnTheOutputAndIsNoFailure() {
    assertThat(run("--help")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).contains("Usage: skep").contains("--version");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void versionComesFromTheBuild() {
    assertThat(run("--version")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).matches("skep \\d+\\.\\d+\\.\\d+\\S* \\(Java .*\\)\\R");
  }

  @Test
  void unknownOptionIsWrongUsage() {
    assertThat(run("--nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--nonsense");
  }

  @Test
  void wrongUsageOfASubcommandIsWrongUsageToo() {
    assertThat(run("sample", "x", "--nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--nonsense").contains("See `skep sample --help`.");
  }

  @Test
  void misspeltCommandIsAnsweredWithTheRightOne() {
    assertThat(run("completoin")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("completion");
  }

  @Test
  void noCommandIsWrongUsage() {
    assertThat(run()).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("which command?");
  }

  @Test
  void expectedFailureIsOneLine() {
    assertThat(run("sample", "expected")).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).isEqualToIgnoringNewLines("skep: the port 8008 is in use");
  }

  @Test
  void unexpectedFailureIsCalledAFault() {
    assertThat(run("sample", "broken")).isEqualTo(ExitCode.FAULT);
    assertThat(err.toString()).contains("fault in Skep").contains("IllegalStateException");
  }

  @Test
  void optionsThatDontGoTogetherAreWrongUsageBeforeAnybodyIsAsked() {
    for (String line :
        List.of(
            "--listtargets --nodetype=client",
            "--listmirrorgroups --output=xml",
            "--removemirrorgroup --nodetype=management --mirrorgroupid=1",
            "--addmirrorgroup --nodetype=meta --automatic --uniquegroupid",
            "--startresync --nodetype=meta --nodeid=201 --timestamp=0",
            "--resyncstats --nodetype=meta --nodeid=201 --mirrorgroupid=1",
            "--setstate --nodetype=meta --mirrorgroupid=1 --state=bad")) {
      assertThat(run(("ctl " + line).split(" "))).as(line).isEqualTo(ExitCode.USAGE);
    }
  }

  @Test
  void modesHaveHelpWithTheOptionsThatTheyShare() {
    assertThat(run("mirror", "list", "--help")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString())
        .contains("--nodetype=TYPE", "meta, storage (default: storage)", "--output=FORMAT");
    assertThat(run("ctl", "--mirrormd", "--help")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).contains("--dryrun", "second copy");
  }

  private int run(String... arguments) {
    CommandLine skep = Skep.commandLine(List.of(arguments), new Sample());
    skep.setOut(new PrintWriter(out, true));
    skep.setErr(new PrintWriter(err, true));
    return skep.execute(arguments);
  }

  @Command(name = "sample")
  static final class Sample implements Callable<Integer> {
    @CommandLine.Parameters String kind = "";

    @Override
    public Integer call() {
      if (kind.equals("expected")) {
        throw new CommandFailure("the port 8008 is in use");
      }
      throw new IllegalStateException(kind);
    }
  }
}
