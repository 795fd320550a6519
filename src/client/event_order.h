// Whether what a node sends is the chain without a gap: every height has its block event, and
// events come in the order of their places, each once. Thread rule: values.
#pragma once

#include "client/event_stream.h"

#include <optional>

namespace galen::client {

class EventOrder {
 public:
  /// `start`: where the stream was asked to begin; without it the node's first word says where.
  EventOrder(const ChainId& chain, const std::optional<ledger::EventCursor>& start)
      : chain_(chain), next_(start) {}

  /// kCorrupt when something is missing before it, or it came before; kWrongChain.
  [[nodiscard]] Status accept(const EventAnswer& event);

  /// Where to go on; nullopt before the first answer to an open question.
  [[nodiscard]] const std::optional<ledger::EventCursor>& next() const { return next_; }

 private:
  [[nodiscard]] bool follows(const EventAnswer& event) const;

  ChainId chain_;
  std::optional<ledger::EventCursor> next_;
};

}  // namespace galen::client
