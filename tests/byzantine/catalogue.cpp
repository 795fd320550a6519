#include "byzantine/catalogue.h"

#include "byzantine/strategies.h"

#include <algorithm>
#include <utility>

namespace galen::byzantine {

namespace {

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> made;
    for (const auto& group : {proposer_strategies(),
                              voter_strategies(),
                              view_change_strategies(),
                              transport_strategies(),
                              flood_strategies()})
      made.insert(made.end(), group.begin(), group.end());
    return made;
  }();
  return all;
}

/// Several strategies in a row: what one sends, the next may change. What comes back signed by this
/// member never reaches its engine, which would take itself for amnesic.
class Several final : public Strategy {
 public:
  Several(ValidatorIndex self, std::vector<std::unique_ptr<Strategy>> parts)
      : self_(self), parts_(std::move(parts)) {}

  void send(const Outgoing& message, Outbox& out) override {
    Outbox current{message};
    for (const auto& part : parts_) {
      Outbox next;
      for (const Outgoing& one : current) part->send(one, next);
      current = std::move(next);
    }
    out.insert(out.end(), current.begin(), current.end());
  }

  bool receives(ValidatorIndex from, engine::Channel channel, BytesView bytes) override {
    bool wanted = true;
    for (const auto& part : parts_) wanted = part->receives(from, channel, bytes) && wanted;
    const auto inside = opened(channel, bytes);
    return wanted && !(inside && author(*inside) == self_);
  }

  void tick(Outbox& out) override {
    for (const auto& part : parts_) part->tick(out);
  }

  bool admits(const ledger::DecodedTransaction& transaction) override {
    return std::all_of(
        parts_.begin(), parts_.end(), [&](const auto& part) { return part->admits(transaction); });
  }

  std::int64_t clock_lie_ms() override {
    std::int64_t lie = 0;
    for (const auto& part : parts_) lie += part->clock_lie_ms();
    return lie;
  }

 private:
  ValidatorIndex self_;
  std::vector<std::unique_ptr<Strategy>> parts_;
};

}  // namespace

std::unique_ptr<Strategy> make_strategy(const Member& member,
                                        const std::vector<std::string>& names) {
  std::vector<std::unique_ptr<Strategy>> parts;
  for (const std::string& name : names) {
    const auto entry = std::find_if(
        entries().begin(), entries().end(), [&](const Entry& e) { return name == e.name; });
    if (entry == entries().end()) return nullptr;
    Member own = member;
    own.seed += parts.size();
    parts.push_back(entry->make(std::move(own)));
  }
  return std::make_unique<Several>(member.self, std::move(parts));
}

std::unique_ptr<Strategy> draw_strategy(const Member& member) {
  std::vector<std::string> drawn;
  for (const Entry& entry : entries()) {
    if (entry.is_drawn) drawn.emplace_back(entry.name);
  }
  sim::Rng rng(member.seed);
  std::vector<std::string> names;
  for (std::uint64_t i = rng.between(1, 3); i > 0; --i)
    names.push_back(drawn[rng.below(drawn.size())]);
  return make_strategy(member, names);
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.emplace_back(entry.name);
  return names;
}

}  // namespace galen::byzantine
