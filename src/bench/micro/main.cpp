// `galen-microbench`: prints how long decisions and state paths take, and what stays of a
// transaction (docs/performance.md).
#include "bench/micro/decisions.h"
#include "bench/micro/figure.h"
#include "bench/micro/ledger_sizes.h"

#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kSamples = 101;
constexpr std::size_t kKeys = 1'000'000;

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    std::fputs("usage: galen-microbench [--json]\n", stderr);
    return 2;
  }
  namespace bench = galen::bench;
  std::vector<bench::Figure> figures = bench::decision_figures({1, 100, 1'000, 10'000}, kSamples);
  for (auto& figure : bench::path_figures(kKeys, kSamples)) figures.push_back(std::move(figure));
  for (auto& figure : bench::permanent_figures()) figures.push_back(std::move(figure));
  std::fputs((json ? bench::figures_array(figures) : bench::figures_table(figures)).c_str(),
             stdout);
  return 0;
}
