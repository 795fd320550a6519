#include "node/descriptors.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace galen::node {
namespace {

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lower{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Descriptors, FilesComeFirstAndTooFewConnectionsAreNone) {
  EXPECT_EQ(*connections_within(1U << 20U, 4096), 4096U);
  EXPECT_EQ(*connections_within(kFileDescriptors + 1000, 4096), 1000U);
  EXPECT_EQ(*connections_within(kFileDescriptors + kFewestConnections, 4096), kFewestConnections);
  EXPECT_EQ(*connections_within(kFileDescriptors + 8, 8), 8U) << "who wants fewer gets them";
  for (const std::size_t few : {std::size_t{0}, kFileDescriptors + kFewestConnections - 1}) {
    const auto none = connections_within(few, 4096);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::kConfig);
    EXPECT_NE(none.error().message.find("ulimit -n"), std::string::npos);
  }
}

}  // namespace
}  // namespace galen::node
