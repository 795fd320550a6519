// Numbers for the few texts that thousands of grants share (purposes, regions), so that comparing
// them is one AND. Texts beyond the 63rd share a bit that says "compare the texts". Thread rule:
// values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace galen::policy {

using NameMask = std::uint64_t;

class NameBits {
 public:
  /// Set for texts without a bit of their own: the mask alone does not tell.
  static constexpr NameMask kOthers = NameMask{1} << 63U;

  void add(std::string_view name) {
    if (numbers_.size() < 63 && !numbers_.contains(name)) {
      numbers_.emplace(name, static_cast<unsigned>(numbers_.size()));
    }
  }

  [[nodiscard]] NameMask mask_of(const std::vector<std::string>& names) const {
    NameMask mask = 0;
    for (const std::string& name : names) {
      const auto number = numbers_.find(name);
      mask |= number == numbers_.end() ? kOthers : NameMask{1} << number->second;
    }
    return mask;
  }

  /// The bits of those names that `holds`; never kOthers.
  template <class Predicate>
  [[nodiscard]] NameMask mask_where(const Predicate& holds) const {
    NameMask mask = 0;
    for (const auto& [name, number] : numbers_) {
      if (holds(name)) mask |= NameMask{1} << number;
    }
    return mask;
  }

 private:
  std::map<std::string, unsigned, std::less<>> numbers_;
};

}  // namespace galen::policy
