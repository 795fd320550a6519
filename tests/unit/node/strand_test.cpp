#include "node/strand.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace galen::node {
namespace {

TEST(Strand, RunsTasksInOrderOnItsOwnThread) {
  Strand strand;
  std::vector<int> order;
  std::promise<bool> last;
  strand.start(1000, [] {});
  EXPECT_FALSE(strand.running_here());
  for (int i = 0; i < 100; ++i) strand.post([&order, i] { order.push_back(i); });
  strand.post([&] { last.set_value(strand.running_here()); });
  EXPECT_TRUE(last.get_future().get());
  strand.stop();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Strand, TicksUntilItIsStopped) {
  Strand strand;
  std::atomic<int> ticks{0};
  std::promise<void> third;
  strand.start(1, [&] {
    if (++ticks == 3) third.set_value();
  });
  third.get_future().get();
  strand.stop();
  const int at_stop = ticks;
  strand.stop();
  EXPECT_EQ(ticks, at_stop);
}

TEST(Strand, RunsWhatWasPostedBeforeTheStop) {
  Strand strand;
  std::atomic<int> done{0};
  strand.start(1000, [] {});
  for (int i = 0; i < 1000; ++i) strand.post([&done] { ++done; });
  strand.stop();
  EXPECT_EQ(done, 1000);
}

TEST(TaskThreads, UrgentTasksStartBeforeTheOthers) {
  TaskThreads::Options options;
  options.capacity = 10;
  TaskThreads threads(options);
  std::promise<void> open;
  const std::shared_future<void> gate = open.get_future().share();
  std::promise<void> begun;
  ASSERT_TRUE(threads.submit(Priority::kNormal, [&begun, gate] {
    begun.set_value();
    gate.wait();
  }));
  begun.get_future().get();
  std::vector<int> order;
  ASSERT_TRUE(threads.submit(Priority::kNormal, [&order] { order.push_back(2); }));
  ASSERT_TRUE(threads.submit(Priority::kUrgent, [&order] { order.push_back(1); }));
  open.set_value();
  threads.stop();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(TaskThreads, UrgentTasksGoBetweenTheSignaturesOfALongOne) {
  TaskThreads threads(TaskThreads::Options{});
  std::promise<void> begun;
  std::promise<void> open;
  const std::shared_future<void> gate = open.get_future().share();
  std::vector<int> order;
  ASSERT_TRUE(threads.submit(Lane{Priority::kNormal, 1}, [&order, &begun, gate] {
    begun.set_value();
    gate.wait();
    for (unsigned i = 1; i < kSignaturesPerSlice; ++i) TaskThreads::note_signature();
    order.push_back(1);
    TaskThreads::note_signature();
    order.push_back(3);
  }));
  begun.get_future().get();
  ASSERT_TRUE(threads.submit(Lane{Priority::kNormal, 2}, [&order] { order.push_back(4); }));
  ASSERT_TRUE(threads.submit(Lane{Priority::kUrgent, 3}, [&order] {
    // It is not interrupted itself: no task waits for more than one other.
    for (unsigned i = 0; i < 4 * kSignaturesPerSlice; ++i) TaskThreads::note_signature();
    order.push_back(2);
  }));
  open.set_value();
  threads.stop();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
  TaskThreads::note_signature();  // on any other thread: nothing
}

TEST(TaskThreads, AFullQueueTakesNothingMore) {
  TaskThreads::Options options;
  options.capacity = 2;
  TaskThreads threads(options);
  std::promise<void> open;
  const std::shared_future<void> gate = open.get_future().share();
  std::promise<void> begun;
  ASSERT_TRUE(threads.submit(Priority::kNormal, [&begun, gate] {
    begun.set_value();
    gate.wait();
  }));
  begun.get_future().get();
  std::atomic<int> ran{0};
  EXPECT_TRUE(threads.submit(Priority::kNormal, [&ran] { ++ran; }));
  EXPECT_TRUE(threads.submit(Priority::kNormal, [&ran] { ++ran; }));
  EXPECT_FALSE(threads.submit(Priority::kNormal, [&ran] { ++ran; }));
  EXPECT_TRUE(threads.submit(Priority::kUrgent, [&ran] { ++ran; }));
  open.set_value();
  threads.stop();
  EXPECT_EQ(ran, 3);
  EXPECT_FALSE(threads.submit(Priority::kUrgent, [] {}));
}

}  // namespace
}  // namespace galen::node
