(function () {
  'use strict';
  var capture = document.getElementById('capture');
  if (capture) {
    capture.submit();
    return;
  }
  var button = document.getElementById('pay');
  if (!button || !button.dataset.clientKey) return;
  var said = document.getElementById('said');
  button.hidden = false;
  button.addEventListener('click', function () {
    var order = button.dataset;
    var here = location.origin + location.pathname;
    var chosen = document.querySelector('input[name=method]:checked');
    said.textContent = '';
    if (!window.TossPayments) {
      said.textContent = said.dataset.unloaded;
      return;
    }
    button.disabled = true;
    // A rejection may be thrown before there is a promise.
    Promise.resolve()
      .then(function () {
        var customer = order.customerKey || window.TossPayments.ANONYMOUS;
        return window.TossPayments(order.clientKey).payment({ customerKey: customer }).requestPayment({
          method: chosen ? chosen.value : 'CARD',
          amount: { currency: order.currency, value: Number(order.amount) },
          orderId: order.orderId,
          orderName: order.orderName,
          successUrl: here + '/success',
          failUrl: here + '/fail',
          // The whole window goes there and comes back, on a phone and on a desk alike.
          windowTarget: 'self'
        });
      })
      .catch(function (error) {
        said.textContent = (error && error.message) || said.dataset.unloaded;
        button.disabled = false;
      });
  });
})();
