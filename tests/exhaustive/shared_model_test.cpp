// The core, and the reference model of this directory, against a second model of the consensus
// rules that was written before either and by others: model/mc.cpp of the shared folder, where that
// is at hand ($GALEN_SHARED). Its reachable states, in words that both have, are those of ours.
#include "exhaustive/compare.h"
#include "support/paths.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace galen::pbft::test {
namespace {

using Texts = std::set<std::string>;

std::string block_text(model::Block block, std::optional<std::size_t> byzantine) {
  if (block == 0) return "-";
  const int origin = (block - 1) / model::kPayloads;
  const int payload = (block - 1) % model::kPayloads;
  const bool liar = byzantine == static_cast<std::size_t>(origin) % kMembers;
  // The blocks of one honest primary in one view are one block: it signs no second one.
  return std::to_string(origin) + "." + std::to_string(liar ? payload : 0);
}

std::string outcome_text(const model::Claim& claim, std::optional<std::size_t> byzantine) {
  if (!claim.made) return "-";
  return std::to_string(claim.height) + ":" + block_text(claim.prepared.block, byzantine);
}

std::string change_text(const model::Claim& claim, std::optional<std::size_t> byzantine) {
  std::string out = outcome_text(claim, byzantine);
  if (claim.prepared.block != 0) out += "@" + std::to_string(claim.prepared.view);
  return out;
}

std::string text(const model::State& state, const model::Options& options) {
  std::string out;
  for (std::size_t i = 0; i < kMembers; ++i) {
    if (options.byzantine == i) continue;
    const model::Member& m = state.members[i];
    const auto block = [&](model::Block b) { return block_text(b, options.byzantine); };
    out += std::to_string(i) + " view " + std::to_string(m.view);
    out += " entered " + (m.applied != 0 ? "-" : outcome_text(m.entered, options.byzantine));
    out += " applied " + block(m.applied);
    if (m.applied != 0) out += "@" + std::to_string(m.applied_view);
    for (std::size_t v = 0; v < options.views; ++v) {
      out += " P " + block(m.prepares[v]) + " C " + block(m.commits[v]);
      out += " VC " + change_text(m.changes[v], options.byzantine);
      out += " NV " + outcome_text(m.new_views[v], options.byzantine);
    }
    out += "; ";
  }
  return out;
}

/// Compiles and runs the other model; one line a state.
class SharedModel : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("GALEN_SHARED");
    const std::string root = shared != nullptr ? shared : galen::test::source_dir() + "/../shared";
    source_ = root + "/model/mc.cpp";
    if (!std::filesystem::exists(source_)) GTEST_SKIP() << "no shared data: " << source_;
    directory_ = ::testing::TempDir() + "galen-model-XXXXXX";
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
  }

  void TearDown() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] Texts states(const model::Options& options) const {
    const std::string program = directory_ + "/states";
    const std::string compile = "c++ -std=c++20 -O2 -w -DMODEL='\"" + source_ +
                                "\"' -DNN=4 -DHH=1 -DVV=" + std::to_string(options.views) + " -o " +
                                program + " " + galen::test::source_dir() +
                                "/tests/exhaustive/explicit/states.cpp";
    EXPECT_EQ(std::system(compile.c_str()), 0) << compile;
    const std::string run =
        program + " " + std::to_string(*options.byzantine) + " " + std::to_string(options.crashes);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(run.c_str(), "r"), pclose);
    Texts found;
    std::array<char, 1024> line{};
    while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
      std::string state = line.data();
      state.pop_back();
      found.insert(std::move(state));
    }
    return found;
  }

 private:
  std::string source_;
  std::string directory_;
};

std::string first_missing(const Texts& here, const Texts& there) {
  for (const std::string& state : here) {
    if (!there.contains(state)) return state;
  }
  return "";
}

void expect_equal(const Texts& own, const Texts& other) {
  EXPECT_GT(other.size(), 1000U);
  EXPECT_EQ(first_missing(own, other), "") << "we do what the other model does not";
  EXPECT_EQ(first_missing(other, own), "") << "the other model does what we do not";
  std::cout << own.size() << " and " << other.size() << " states\n";
}

TEST_F(SharedModel, ReachesWhatTheCoreReaches) {
  for (const std::size_t byzantine : {3U, 1U}) {
    Scope scope;
    scope.byzantine = byzantine;
    scope.crashes = 0;
    const model::Options options{byzantine, scope.views, 0};
    Search search(scope);
    Texts core;
    const SearchResult result = search.run(
        [&](const Search::State& state) { core.insert(text(abstract(search, state), options)); });
    EXPECT_TRUE(result.complete && result.violations.empty());
    expect_equal(core, states(options));
  }
}

TEST_F(SharedModel, ReachesWhatTheReferenceModelReaches) {
  for (const std::size_t byzantine : {3U, 1U, 0U}) {
    const model::Options options{byzantine, 2, 1};
    Texts own;
    model::visit(options, [&](const model::State& state) { own.insert(text(state, options)); });
    expect_equal(own, states(options));
  }
}

}  // namespace
}  // namespace galen::pbft::test
