package bench

import "math"

// exponent is the k of the curve c·size^k that fits the costs best: the slope of their logarithms by least squares. What costs the same at
// every size has 0, what costs in proportion to it 1.
func exponent(sizes []int, costs []float64) float64 {
	n := float64(len(sizes))
	var sumX, sumY, sumXX, sumXY float64
	for i, size := range sizes {
		x, y := math.Log(float64(size)), math.Log(costs[i])
		sumX, sumY, sumXX, sumXY = sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}
