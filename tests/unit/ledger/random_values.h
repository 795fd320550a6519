// Random parts of the ledger's values that keep the shape rules.
#pragma once

#include "base/limits.h"
#include "samples.h"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace galen::ledger::samples {

inline std::string random_code(Dice& dice, std::size_t max) {
  std::string text(1 + dice.below(max), '!');
  for (char& c : text) c = static_cast<char>('!' + dice.below(94));
  return text;
}

inline std::vector<std::string> random_codes(Dice& dice,
                                             std::size_t max_count,
                                             std::size_t max_bytes) {
  std::set<std::string> codes;
  for (std::uint64_t i = dice.below(max_count + 1); i > 0; --i) {
    codes.insert(random_code(dice, max_bytes));
  }
  return {codes.begin(), codes.end()};
}

template <class T>
std::vector<T> random_ids(Dice& dice, std::size_t least, std::size_t most) {
  std::set<T> ids;
  for (std::uint64_t i = least + dice.below(most - least + 1); i > 0; --i)
    ids.insert(dice.next<T>());
  return {ids.begin(), ids.end()};
}

template <class E>
E random_enumerator(Dice& dice) {
  while (true) {
    const E value = static_cast<E>(dice.below(256));
    if (is_valid(value)) return value;
  }
}

template <class T, class Make>
std::optional<T> maybe(Dice& dice, Make make) {
  if (dice.coin()) return std::nullopt;
  return make(dice);
}

inline TimeMs random_time(Dice& dice) {
  return TimeMs{dice.below(kMaxCounter + 1)};
}

inline CalendarDate random_date(Dice& dice) {
  return CalendarDate{static_cast<std::int32_t>(static_cast<std::uint32_t>(dice.roll()))};
}

inline std::uint32_t random_u32(Dice& dice) {
  return static_cast<std::uint32_t>(dice.roll());
}

inline constexpr std::array kRegions{
    "AD", "AT", "BR", "CH", "DE", "FR", "GB", "JP", "US", "XK", "ZW"};

inline std::vector<std::string> random_regions(Dice& dice) {
  std::set<std::string> regions;
  for (std::uint64_t i = dice.below(limits::kMaxRegions + 1); i > 0; --i) {
    regions.insert(kRegions.at(dice.below(kRegions.size())));
  }
  return {regions.begin(), regions.end()};
}

inline Signature random_signature(Dice& dice) {
  return fixed_signature(static_cast<std::uint8_t>(1 + dice.below(0x7e)));
}

[[nodiscard]] AppendRecord random_record(Dice& dice);
[[nodiscard]] LogAccess random_access(Dice& dice);
/// Of the types that stand in the families' later files.
[[nodiscard]] Operation random_later_operation(Dice& dice);

}  // namespace galen::ledger::samples
