package io.millrace.benchmarks.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcFilesTest {
  @Test
  void aProcessNameMayHoldSpacesAndBrackets() {
    ProcessStat stat =
        ProcessStat.parse(
            "4242 (a) (b c) S 7 4242 4242 0 -1 4194304 100 200 0 0 150 50 30 20 20 0 1 0 12345 1000 200 0 0\n");
    assertThat(stat).isEqualTo(new ProcessStat(4242, "a) (b c", 7, 200, 50));
    assertThat(stat.seconds()).isEqualTo(2.5);
  }

  @Test
  void aTreeSumsDescendantsAndLeavesOthersOut() {
    ProcessTable table =
        new ProcessTable(
            List.of(
                new ProcessStat(10, "launcher", 1, 100, 50),
                new ProcessStat(11, "java", 10, 200, 0),
                new ProcessStat(12, "child", 11, 300, 0),
                new ProcessStat(13, "other", 1, 999, 999)));
    assertThat(table.treeSeconds(10)).isEqualTo(6.5);
    assertThat(table.treeSeconds(99)).isZero();
  }

  @Test
  void kernelThreadsAreThoseOfTheSecondProcess() {
    ProcessTable table =
        new ProcessTable(
            List.of(
                new ProcessStat(2, "kthreadd", 0, 100, 0),
                new ProcessStat(30, "kworker/u4:1", 2, 200, 0),
                new ProcessStat(31, "java", 1, 300, 0)));
    assertThat(table.kernelSeconds()).containsOnlyKeys(2L, 30L);
  }

  @Test
  void aCoreIsBusyWhereItNeitherIdlesNorWaitsForTheDisk() {
    CoreStat begin = CoreStat.parse("cpu1 100 10 90 1000 50 5 5 40 7 0");
    assertThat(begin).isEqualTo(new CoreStat(250, 1300));
    assertThat(begin.busyUntil(CoreStat.parse("cpu1 160 10 90 1010 60 5 5 40 7 0")))
        .isEqualTo(0.75);
  }

  @Test
  void theMachineCountsProgramsInterruptsAndStolenTimeApart() {
    MachineStat stat = MachineStat.parse("cpu  1000 100 900 50000 700 30 20 80 0 0");
    assertThat(stat.programs()).isEqualTo(20);
    assertThat(stat.interrupts()).isEqualTo(0.5);
    assertThat(stat.stolen()).isEqualTo(0.8);
  }

  @Test
  void memoryIsReadInMebibytes() {
    MemoryStatus memory =
        MemoryStatus.parse(
            "Name:\tjava\nVmRSS:\t  409600 kB\nRssAnon:\t  102400 kB\nRssFile:\t  307200 kB\n");
    assertThat(memory).isEqualTo(new MemoryStatus(100, 400));
  }

  @Test
  void foreignShareIsOfAllCores() {
    CpuUse use = new CpuUse(10, 1, 1, 4, 2);
    assertThat(use.foreignShare())
        .isCloseTo(0.2 / Runtime.getRuntime().availableProcessors(), within(1e-9));
  }

  @Test
  void ourOwnProcessIsInTheTable() {
    assertThat(ProcessTable.read().tree(ProcessHandle.current().pid())).isNotEmpty();
  }
}
