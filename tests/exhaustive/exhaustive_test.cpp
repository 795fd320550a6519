// Every state that four members can reach in small scopes, on the real core (CONSENSUS.md 1-23):
// the rules hold in all of them, and they are exactly those of the reference model. The suites
// named Long* take minutes: scripts/exhaustive runs them.
#include "exhaustive/compare.h"

#include <iostream>

namespace galen::pbft::test {
namespace {

SearchResult expect_safe(Search& search,
                         const std::function<void(const Search::State&)>& visit = {}) {
  SearchResult result = search.run(visit);
  std::string story;
  for (const std::string& violation : result.violations) story += "VIOLATION: " + violation + "\n";
  for (const std::string& line : result.trace) story += "  " + line + "\n";
  EXPECT_TRUE(result.violations.empty()) << story;
  EXPECT_TRUE(result.complete || !result.violations.empty())
      << "stopped at " << result.states << " states";
  std::cout << result.states << " states, " << result.steps << " steps, " << result.member_states
            << " states of one member, " << result.message_sets << " sets of messages\n";
  return result;
}

std::string first_missing(const std::map<std::string, model::State>& core,
                          const std::set<std::string>& model) {
  for (const auto& [visible, state] : core) {
    if (!model.contains(visible)) return describe(state);
  }
  return "";
}

/// The core reaches what the model reaches, nothing less and nothing else.
void expect_agreement(const Scope& scope) {
  Search search(scope);
  std::map<std::string, model::State> core;
  (void)expect_safe(search, [&](const Search::State& state) {
    const model::State seen = abstract(search, state);
    core.try_emplace(seen.visible(), seen);
  });
  if (::testing::Test::HasFailure()) return;
  const std::set<std::string> expected =
      model::reachable({scope.byzantine, scope.views, scope.crashes});
  EXPECT_EQ(first_missing(core, expected), "") << "the core does what the model does not";
  EXPECT_EQ(core.size(), expected.size()) << "the model does what the core does not";
  std::cout << core.size() << " states of the model\n";
}

Scope with(std::optional<std::size_t> byzantine, unsigned crashes) {
  Scope scope;
  scope.byzantine = byzantine;
  scope.crashes = crashes;
  return scope;
}

/// One message at a time, in every order, with every sync, build, check and apply as a step of its
/// own.
Scope all_orders(unsigned crashes) {
  Scope scope = with(std::nullopt, crashes);
  scope.single_deliveries = true;
  scope.view_changes = false;
  scope.eager_sync = false;
  scope.max_states = 60'000'000;
  return scope;
}

TEST(Exhaustive, EveryOrderOfTheMessagesOfOneHeight) {
  Scope scope = all_orders(0);
  scope.eager_engine = true;
  Search search(scope);
  const SearchResult result = expect_safe(search);
  EXPECT_GT(result.states, 1'000'000U);
}

TEST(Exhaustive, AByzantineMemberThatLeadsNoView) {
  expect_agreement(with(3, 0));
}

TEST(Exhaustive, AByzantinePrimaryAfterTheFirst) {
  expect_agreement(with(1, 0));
}

TEST(Exhaustive, ACrashWhileOneMemberIsByzantine) {
  Scope scope = with(3, 1);
  scope.eager_engine = true;
  Search search(scope);
  (void)expect_safe(search);
}

TEST(LongExhaustive, AByzantineFirstPrimary) {
  expect_agreement(with(0, 0));
}

TEST(LongExhaustive, NobodyByzantine) {
  Scope scope = with(std::nullopt, 0);
  scope.max_states = 40'000'000;
  expect_agreement(scope);
}

TEST(LongExhaustive, ACrashAgreesWithTheModel) {
  for (const std::size_t byzantine : {3U, 0U, 1U}) {
    Scope scope = with(byzantine, 1);
    scope.max_states = 40'000'000;
    expect_agreement(scope);
  }
}

/// Too many states to visit all: the nearest ones.
void expect_safe_near(Scope scope) {
  scope.eager_engine = true;
  scope.max_states = 40'000'000;
  Search search(scope);
  const SearchResult result = search.run();
  std::string story;
  for (const std::string& violation : result.violations) story += "VIOLATION: " + violation + "\n";
  for (const std::string& line : result.trace) story += "  " + line + "\n";
  EXPECT_TRUE(result.violations.empty()) << story;
  std::cout << result.states << " states" << (result.complete ? ", all" : "") << "\n";
}

TEST(LongExhaustive, SyncsInAnyOrderWithDeliveries) {
  for (const std::size_t byzantine : {3U, 1U, 0U}) {
    Scope scope = with(byzantine, 1);
    scope.eager_sync = false;
    scope.eager_engine = true;
    scope.max_states = 40'000'000;
    if (byzantine == 0) return expect_safe_near(scope);
    Search search(scope);
    (void)expect_safe(search);
  }
}

TEST(LongExhaustive, EveryOrderOfTheMessagesOfOneHeightAndEveryEngineTask) {
  Search search(all_orders(0));
  (void)expect_safe(search);
}

TEST(LongExhaustive, ThreeViews) {
  for (const std::size_t byzantine : {3U, 1U, 0U}) {
    Scope scope = with(byzantine, 0);
    scope.views = 3;
    expect_safe_near(scope);
  }
}

TEST(LongExhaustive, ThreeViewsAndACrash) {
  for (const std::size_t byzantine : {3U, 1U, 0U}) {
    Scope scope = with(byzantine, 1);
    scope.views = 3;
    expect_safe_near(scope);
  }
}

TEST(LongExhaustive, TwoHeights) {
  for (const std::size_t byzantine : {3U, 1U, 0U}) {
    Scope scope = with(byzantine, 0);
    scope.heights = 2;
    expect_safe_near(scope);
  }
}

}  // namespace
}  // namespace galen::pbft::test
