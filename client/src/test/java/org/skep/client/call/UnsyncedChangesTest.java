package org.skep.client.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;

class UnsyncedChangesTest {
  private static final long LIFE = 1L << 32;
  private static final long FILE = Ids.inode(1, 7);
  private static final long OTHER = Ids.inode(1, 8);
  private static final long ELSEWHERE = Ids.inode(2, 7);

  private final UnsyncedChanges changes = new UnsyncedChanges();

  @Test
  void the_greatest_number_of_each_life_is_asked_for() {
    changes.add(FILE, LIFE + 1);
    changes.add(FILE, LIFE + 5);
    changes.add(FILE, LIFE + 3);
    changes.add(FILE, 2 * LIFE + 1);
    changes.add(OTHER, LIFE + 9);
    assertThat(changes.of(FILE)).containsExactly(LIFE + 5, 2 * LIFE + 1);
  }

  @Test
  void what_was_answered_is_not_asked_for_again_and_what_came_meanwhile_is() {
    changes.add(FILE, LIFE + 1);
    List<Long> asked = changes.of(FILE);
    changes.add(FILE, 3 * LIFE + 1);
    changes.answered(FILE, asked, 3 * LIFE);
    assertThat(changes.of(FILE)).containsExactly(3 * LIFE + 1);
  }

  @Test
  void a_sync_of_one_inode_makes_all_of_its_shard_durable_that_it_reached() {
    changes.add(OTHER, LIFE + 1);
    changes.add(ELSEWHERE, LIFE + 1);
    changes.add(FILE, LIFE + 2);
    changes.answered(FILE, changes.of(FILE), LIFE + 2);
    assertThat(changes.of(OTHER)).isEmpty();
    assertThat(changes.ofShard(1)).isEmpty();
    assertThat(changes.of(ELSEWHERE)).containsExactly(LIFE + 1);
  }

  @Test
  void a_loss_told_to_one_inode_is_still_asked_for_by_the_other() {
    changes.add(FILE, LIFE + 1);
    changes.add(OTHER, LIFE + 2);
    changes.answered(FILE, changes.of(FILE), 3 * LIFE + 1);
    assertThat(changes.of(FILE)).isEmpty();
    assertThat(changes.of(OTHER)).containsExactly(LIFE + 2);
    assertThat(changes.ofShard(1)).containsExactly(LIFE + 2);
  }

  @Test
  void changes_of_inodes_beyond_the_limit_are_asked_for_by_the_next_fsync() {
    changes.add(FILE, LIFE + 1);
    for (int i = 0; i < UnsyncedChanges.INODES_MAX; i++) {
      changes.add(Ids.inode(1, 100 + i), 2 * LIFE + 1 + i);
    }
    assertThat(changes.of(FILE)).containsExactly(LIFE + 1);
    assertThat(changes.of(Ids.inode(1, 100))).containsExactlyInAnyOrder(LIFE + 1, 2 * LIFE + 1);
  }

  @Test
  void beyond_the_limit_of_lives_a_loss_is_certain() {
    for (int life = 1; life <= UnsyncedChanges.LIVES_MAX + 1; life++) {
      changes.add(FILE, life * LIFE + 1);
    }
    assertThat(changes.of(FILE)).containsExactly(Long.MAX_VALUE);
  }
}
