package org.skep.simulation.flaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.skep.cluster.Failover;
import org.skep.cluster.GroupState;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.metadata.replication.ShardReplica;
import org.skep.metadata.state.Replies;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Participant;
import org.skep.mirror.EpochGuard;
import org.skep.simulation.Workloads;
import org.skep.simulation.flaw.Mutant.Blindness;
import org.skep.simulation.flaw.Mutant.Replacement;

/// Bugs in the rules of buddy groups, planted in the product's own classes: each has to be found.
class MutantsTest {
  private static final int SEEDS_MAX = 400;

  /// A bug, and the workload that has to find it.
  enum Bug {
    /// A primary does not care whether the secondary has a change.
    ACKNOWLEDGED_BEFORE_THE_SECONDARY_HAS_IT(Workloads.MIRROR),

    /// A secondary that misses changes takes over.
    A_STALE_SECONDARY_IS_PROMOTED(Workloads.MIRROR),

    /// A member does not care of which epoch a request is.
    EPOCHS_ARE_NOT_CHECKED(Workloads.LATE),

    /// A primary serves reads long after it was replaced.
    A_LEASE_IS_LONGER_THAN_THE_TIME_OUT(Workloads.SPLIT),

    /// A directory may be moved into itself.
    A_RENAME_CYCLE_IS_LET_THROUGH(Workloads.NAMESPACE),

    /// Two directories may be moved at the same time, each below the other.
    RENAMES_DO_NOT_WAIT_FOR_EACH_OTHER(Workloads.NAMESPACE),

    /// The answer to a change of the namespace is not in the change's batch.
    A_REPLY_IS_NOT_IN_THE_BATCH(Workloads.GROUPS),

    /// Who takes a shard over does not look for what it has promised to other shards.
    INTENTS_ARE_FORGOTTEN_AT_FAILOVER(Workloads.GROUPS),

    /// What a former primary had not told to anybody stays in its store.
    THE_TAIL_OF_A_FORMER_PRIMARY_IS_KEPT(Workloads.GROUPS),

    /// A shard's primary does not wait for its secondary before it answers.
    A_SHARD_ANSWERS_BEFORE_THE_SECONDARY_HAS_IT(Workloads.GROUPS),

    /// A metadata member does not notice that its host has lost its power.
    A_LOSS_OF_POWER_IS_OVERLOOKED(Workloads.GROUPS);

    private final Workloads workload;

    Bug(Workloads workload) {
      this.workload = workload;
    }

    Mutant mutant() {
      return switch (this) {
        case ACKNOWLEDGED_BEFORE_THE_SECONDARY_HAS_IT ->
            mutantWith("org.skep.mirror.range.PairRequest", "taken");
        case A_STALE_SECONDARY_IS_PROMOTED ->
            new Mutant(
                List.of(
                    replacement(GroupState.Member.class.getName(), "isGoodAndOnline"),
                    replacement(Failover.class.getName(), "succeeded")));
        case EPOCHS_ARE_NOT_CHECKED ->
            new Mutant(
                List.of(
                    new Blindness("org.skep.mirror.Admission", "epoch"),
                    new Blindness(EpochGuard.class.getName(), "epoch")));
        case A_LEASE_IS_LONGER_THAN_THE_TIME_OUT ->
            mutantWith(Heartbeats.class.getName(), "leaseNanos");
        case A_RENAME_CYCLE_IS_LET_THROUGH ->
            mutantWith("org.skep.metadata.operation.Renaming", "checkTree");
        case RENAMES_DO_NOT_WAIT_FOR_EACH_OTHER ->
            mutantWith("org.skep.metadata.transaction.Transaction", "lockRenames");
        case A_REPLY_IS_NOT_IN_THE_BATCH -> mutantWith(Replies.class.getName(), "keep");
        case INTENTS_ARE_FORGOTTEN_AT_FAILOVER -> mutantWith(Participant.class.getName(), "start");
        case THE_TAIL_OF_A_FORMER_PRIMARY_IS_KEPT ->
            mutantWith(ShardReplica.class.getName(), "tail");
        case A_SHARD_ANSWERS_BEFORE_THE_SECONDARY_HAS_IT ->
            mutantWith(Shard.class.getName(), "awaitAcknowledged");
        case A_LOSS_OF_POWER_IS_OVERLOOKED ->
            mutantWith("org.skep.metadata.target.StoreLife", "unsure");
      };
    }
  }

  private static Replacement replacement(String className, String methodName) {
    return Replacement.of(className, methodName, Replacements.class);
  }

  private static Mutant mutantWith(String className, String methodName) {
    return new Mutant(List.of(replacement(className, methodName)));
  }

  @ParameterizedTest
  @EnumSource
  void a_planted_bug_is_found(Bug bug) {
    assertThat(firstFailure(bug)).as("a failure within %d seeds", SEEDS_MAX).isNotNull();
  }

  private static @Nullable String firstFailure(Bug bug) {
    Mutant mutant = bug.mutant();
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      String failure = mutant.run(bug.workload, seed);
      if (failure != null) {
        return failure;
      }
    }
    return null;
  }

  @Test
  void a_method_that_is_there_no_more_is_noticed() {
    assertThatThrownBy(() -> mutantWith(Failover.class.getName(), "leaseNanos"))
        .hasMessageContaining("what became of it?");
    assertThatThrownBy(() -> mutantWith("org.skep.cluster.Gone", "leaseNanos"))
        .hasMessageContaining("is not there any more");
  }
}
